import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import type { CliContext } from './context.ts'

/** Asks for a secret on the terminal, without showing the answer. */
export async function askUnseen(question: string, { stdin, stderr, signal }: CliContext): Promise<string> {
  // Receives the echo of readline. The terminal's echo is off before anyone can answer.
  const nowhere = new Writable({
    write: (_text, _encoding, done) => {
      done()
    },
  })
  const terminal = createInterface({ input: stdin, output: nowhere, terminal: true })
  stderr.write(question)
  try {
    return await terminal.question('', { signal })
  } finally {
    terminal.close()
    stderr.write('\n')
  }
}

/** Asks for a new secret until two answers in a row are equal, because nobody sees a mistyped one. An empty answer is asked for again. */
export async function askTwice(question: string, again: string, context: CliContext): Promise<string> {
  for (;;) {
    const first = await askUnseen(question, context)
    if (first === '') continue
    if ((await askUnseen(again, context)) === first) return first
    context.stderr.write('They differ.\n')
  }
}
