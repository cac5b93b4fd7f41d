import type { Command } from 'commander'
import { askTwice } from '../ask-unseen.ts'
import type { CliContext } from '../context.ts'
import { type ClusterOptions, projectOf } from '../options.ts'
import { printResult } from '../print-result.ts'
import { shownPath } from '../shown-path.ts'
import { addSecretsCommand } from './add-secrets-command.ts'

/** `bantam secrets set` and `unset`: values of the user's own, for references such as `${secret:wifi.home}` in the cluster file. */
export function addSecretsValues(secrets: Command, context: CliContext): void {
  addSecretsCommand(secrets, 'set', 'store a value of yours, for ${secret:NAME} in the cluster file', [
    ['bantam secrets set wifi.home', 'ask for the value, and store it'],
    ['pass show wifi | bantam secrets set wifi.home', 'store what another program prints'],
  ])
    .argument('<name>', 'its name, such as wifi.home')
    .action(async (name: string, options: ClusterOptions) => {
      const { setValue } = await import('../../pipeline/secrets/manage-values.ts')
      const { file, warnings } = await setValue(projectOf(options, context), name, () => readValue(name, context))
      const text = `Stored ${name} in ${shownPath(file, context)}. Write \${secret:${name}} in the cluster file.\n`
      printResult({ json: { file, name, warnings }, text, warnings }, options, context)
    })
  addSecretsCommand(secrets, 'unset', 'remove a value of yours', [
    ['bantam secrets unset wifi.home', 'remove the value that set has stored'],
  ])
    .argument('<name>', 'its name, such as wifi.home')
    .action(async (name: string, options: ClusterOptions) => {
      const { unsetValue } = await import('../../pipeline/secrets/manage-values.ts')
      const { file, warnings } = await unsetValue(projectOf(options, context), name)
      const text = `Removed ${name} from ${shownPath(file, context)}.\n`
      printResult({ json: { file, name, warnings }, text, warnings }, options, context)
    })
}

/** Asks for the value on a terminal, else reads standard input. It is never an argument: others on the machine see those of every program. */
async function readValue(name: string, context: CliContext): Promise<string> {
  const { stdin } = context
  if (stdin.isTTY) return askTwice(`Value of ${name}: `, 'The same value again: ', context)
  const { readPipedValue } = await import('../../secrets/user-values.ts')
  return readPipedValue(name, stdin as AsyncIterable<Uint8Array>)
}
