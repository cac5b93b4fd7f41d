import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { unreachable } from '../errors.ts'
import type { PassphraseAsker } from '../secrets/encrypt-secrets.ts'
import type { CliContext } from './context.ts'

/**
 * Makes a function that asks for a passphrase without showing it. It asks only once for the passphrase of an existing file.
 * Null where there is no terminal.
 */
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
        // Somebody else may have decrypted the file. It still names its encryption, but an answer cannot be checked against it.
        return (present ??= askTwice(context))
      case 'set':
        return askTwice(context)
      default:
        throw unreachable(use)
    }
  }
}

/** Asks twice, because a mistyped new passphrase would lock everyone out. */
async function askTwice(context: CliContext): Promise<string> {
  for (;;) {
    const first = await askUnseen('New passphrase of the secrets file: ', context)
    if (first === '') continue
    if ((await askUnseen('The same passphrase again: ', context)) === first) return first
    context.stderr.write('They differ.\n')
  }
}

async function askUnseen(question: string, { stdin, stderr, signal }: CliContext): Promise<string> {
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
