import { expect, test } from 'vitest'
import { processContext } from '../../src/cli/context.ts'
import { printError } from '../../src/cli/print-error.ts'
import { BuildError } from '../../src/errors.ts'

const missing = new BuildError('BASE_FILE_MISSING', { file: 'images/raspios.img' })

/** Prints a failure on a stream of this width; null: not a terminal. Returns its lines. */
function printed(columns: number | null): readonly string[] {
  let text = ''
  const write = (piece: string): boolean => {
    text += piece
    return true
  }
  // Printing uses no more of a stream than this.
  const stderr = { write, isTTY: columns !== null, columns } as unknown as NodeJS.WriteStream
  const context = { ...processContext(new AbortController().signal), stderr, env: { NO_COLOR: '1' } }
  expect(printError(missing, 'text', context)).toBe(2)
  return text.trimEnd().split('\n')
}

test('a message on a terminal leaves its last column free', () => {
  const lines = printed(80)
  expect(lines.length).toBeGreaterThan(2)
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(79)
  expect(lines.join(' ').replace(/\s+/g, ' ')).toBe(printed(null).join(' ').replace(/\s+/g, ' '))
})

test('a program that reads the output gets the message on one line, and the hint on the next', () => {
  const lines = printed(null)
  expect(lines).toHaveLength(2)
  expect(lines[0]).toBe('error BASE_FILE_MISSING: There is no file images/raspios.img.')
})
