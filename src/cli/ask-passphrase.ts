import { unreachable } from '../errors.ts'
import type { PassphraseAsker } from '../secrets/encrypt-secrets.ts'
import { askTwice, askUnseen } from './ask-unseen.ts'
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
        return (present ??= askForNew(context))
      case 'set':
        return askForNew(context)
      default:
        throw unreachable(use)
    }
  }
}

/** A mistyped new passphrase would lock everyone out. */
function askForNew(context: CliContext): Promise<string> {
  return askTwice('New passphrase of the secrets file: ', 'The same passphrase again: ', context)
}
