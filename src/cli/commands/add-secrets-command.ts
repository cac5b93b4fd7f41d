import type { Command } from 'commander'
import { type Example, withExamples } from '../examples.ts'
import { clusterOption, jsonOption } from '../shared-options.ts'

/** Adds a command below `bantam secrets`, with the options that all of them have. */
export function addSecretsCommand(
  parent: Command,
  name: string,
  summary: string,
  examples: readonly Example[],
): Command {
  const command = parent
    .command(name)
    .summary(summary)
    .description(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`)
    .addOption(clusterOption())
    .addOption(jsonOption())
  return withExamples(command, examples)
}
