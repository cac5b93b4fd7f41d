import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { Output } from '../../../src/cli/terminal/output.ts'
import { showProgress } from '../../../src/cli/terminal/progress-display.ts'

const cliFolder = fileURLToPath(new URL('../../../src/cli', import.meta.url))

function collect(): { readonly output: Output; readonly text: () => string } {
  let text = ''
  const stream = new Writable({
    decodeStrings: false,
    write: (chunk: string, _encoding, done) => {
      text += chunk
      done()
    },
  })
  // Output uses no more of a stream than this.
  return { output: new Output(stream as unknown as NodeJS.WriteStream), text: () => text }
}

test('text loses its control characters, and styles may add some', () => {
  const { output, text } = collect()
  output.write('a\x1b[2Jb\r\u2028c\n\td\n', (safe) => safe.replace('a', '\x1b[1ma\x1b[0m'))
  expect(text()).toBe('\x1b[1ma\x1b[0m\ufffd[2Jb\ufffd\ufffdc\n\td\n')
})

test('without a terminal, names in progress and lines of a console lose them too', () => {
  const { output, text } = collect()
  const { progress, printLine } = showProgress(output)
  progress({ step: 'write', subject: 'a\x1b]0;owned\x07\nb', completedBytes: 0, totalBytes: null })
  printLine('login:\x1b]52;c;cm0gLXJm\x07\tyes')
  expect(text()).toBe('writing a\ufffd]0;owned\ufffd\ufffdb\nlogin:\ufffd]52;c;cm0gLXJm\ufffd\tyes\n')
})

test('a refused write is noted, unless the reader stopped early', async () => {
  const { output } = collect()
  output.watch()
  const refuse = async (code: string): Promise<void> => {
    output.stream.emit('error', Object.assign(new Error(code), { code }))
    await Promise.resolve()
  }
  await refuse('EPIPE')
  expect(output.failure).toBeNull()
  await refuse('ENOSPC')
  expect(output.failure?.code).toBe('ENOSPC')
})

test('nothing of the command line writes to a stream but Output, the progress display and the questions', () => {
  const files = readdirSync(cliFolder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
  const direct = files.filter((name) =>
    /\bprocess\.std(out|err)\b|\bconsole\.|\.stream\b/.test(readFileSync(join(cliFolder, name), 'utf8')),
  )
  expect(direct.map((name) => relative('.', name)).sort()).toEqual([
    'commands/init.ts',
    'context.ts',
    'forward-connection.ts',
    // Says why the rest could not be loaded, Output among it.
    'main.ts',
    'terminal/output.ts',
    'terminal/progress-display.ts',
  ])
})
