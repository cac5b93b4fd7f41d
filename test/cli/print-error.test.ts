import { expect, test } from 'vitest'
import { processContext } from '../../src/cli/context.ts'
import { printError } from '../../src/cli/print-error.ts'
import { Output } from '../../src/cli/terminal/output.ts'
import { BuildError } from '../../src/errors.ts'

const missing = new BuildError('BASE_FILE_MISSING', { file: 'images/raspios.img' })

interface Terminal {
  /** Null: not a terminal. */
  readonly columns: number | null
  readonly env?: NodeJS.ProcessEnv
}

/** Prints a failure on a stream of this width. Returns what the stream gets. */
function written(error: unknown, { columns, env = { NO_COLOR: '1' } }: Terminal): string {
  let text = ''
  const write = (piece: string): boolean => {
    text += piece
    return true
  }
  // Printing uses no more of a stream than this.
  const stream = { write, on: () => undefined, isTTY: columns !== null, columns: columns ?? undefined }
  const stderr = new Output(stream as unknown as NodeJS.WriteStream)
  printError(error, 'text', { ...processContext(new AbortController().signal), stderr, env })
  return text
}

const printed = (columns: number | null): readonly string[] => written(missing, { columns }).trimEnd().split('\n')

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

test('colours the severity and nothing else: a sequence in a file name does not reach the terminal', () => {
  const error = new BuildError('BASE_FILE_MISSING', { file: '\x1b]52;c;cm0gLXJm\x07\x9b2J\u202e.img' })
  const text = written(error, { columns: 30, env: {} })
  expect(text.replaceAll('\n', ' ')).toMatch(/^\x1b\[1;31merror\x1b\[0m BASE_FILE_MISSING: There is no/)
  expect(text.replace(/^\x1b\[1;31merror\x1b\[0m/, '')).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/)
  expect(text).toContain('\ufffd]52;c;cm0gLXJm\ufffd\ufffd2J\ufffd.img')
})

test.each<[string, Error, string]>([
  ['too many open files, met by an import', withCode('EMFILE'), 'MACHINE_OPEN_FILES'],
  [
    'too many open files, behind another error',
    new BuildError('SECRETS_INVALID', { file: 'a', reason: 'EMFILE' }, { cause: withCode('EMFILE') }),
    'MACHINE_OPEN_FILES',
  ],
  ['too many open files on the whole machine', withCode('ENFILE'), 'MACHINE_OPEN_FILES'],
  [
    'no memory for WebAssembly',
    new RangeError('WebAssembly.Instance(): Out of memory: Cannot allocate'),
    'MACHINE_MEMORY',
  ],
  ['no memory for bytes', new RangeError('Array buffer allocation failed'), 'MACHINE_MEMORY'],
  ['no memory for a process', withCode('ENOMEM'), 'MACHINE_MEMORY'],
  ['a disk that fails', withCode('EIO'), 'MACHINE_CALL_FAILED'],
  ['a mistake in bantam', new TypeError('x is undefined'), 'BUG'],
  ['another range', new RangeError('Invalid array length'), 'BUG'],
])('%s has its code', (_case, error, code) => {
  expect(written(error, { columns: null })).toMatch(new RegExp(`^error ${code}: `))
})

function withCode(code: string): Error {
  return Object.assign(new Error(`${code}: as the system says, open '/a'`), { code, syscall: 'open', path: '/a' })
}
