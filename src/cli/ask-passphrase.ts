import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { unreachable } from '../errors.ts'
import type { PassphraseAsker } from '../secrets/encrypt-secrets.ts'
import type { CliContext } from './context.ts'

/** Gives what asks for a passphrase without showing it, and once for the one that a file has; null where there is no terminal to ask on. */
export function createPassphraseAsker(context: CliContext): PassphraseAsker | null {
  if (!context.stdin.isTTY || !context.stderr.isTTY) return null
  let present: Promise<string> | null = null
  return (use) => {
    switch (use) {
      case 'open':
        return (present ??= askUnseen('Passphrase of the secrets file: ', context))
      case 'retry':
        context.stderr.write('That passphrase does not open the file.\n')
        return (present = askUnseen('Passphrase of the secrets file: ', context))
      case 'keep':
        // A file that somebody else decrypted says for whom it was, but nothing tells whether the answer is the same.
        return (present ??= askTwice(context))
      case 'set':
        return askTwice(context)
      default:
        throw unreachable(use)
    }
  }
}

/** A new passphrase that is mistyped would lock everyone out. */
async function askTwice(context: CliContext): Promise<string> {
  for (;;) {
    const first = await askUnseen('New passphrase of the secrets file: ', context)
    if (first === '') continue
    if ((await askUnseen('The same once more: ', context)) === first) return first
    context.stderr.write('They differ.\n')
  }
}

async function askUnseen(question: string, { stdin, stderr, signal }: CliContext): Promise<string> {
  // Takes the echo of what is typed; the terminal's own is off before anyone can answer.
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
