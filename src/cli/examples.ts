import type { Command } from 'commander'

/** A command line and what it does. */
export type Example = readonly [commandLine: string, meaning: string]

const known = new WeakMap<Command, readonly Example[]>()

/** Ends a command's help with examples. The manual page shows them too. */
export function withExamples(command: Command, examples: readonly Example[]): Command {
  known.set(command, examples)
  return command.addHelpText('after', `\nExamples:\n${examples.map(formatExample).join('')}`)
}

/** Returns the examples of a command. */
export function examplesOf(command: Command): readonly Example[] {
  return known.get(command) ?? []
}

/** Writes the meaning on a separate line: command lines are long, and a terminal has 80 columns. */
function formatExample([commandLine, meaning]: Example): string {
  return `  ${commandLine}\n      ${meaning}\n`
}
