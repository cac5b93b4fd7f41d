import type { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { program } from './command-tree.ts'

const everyCommand = (command: Command): readonly Command[] => [command, ...command.commands.flatMap(everyCommand)]

/** The help as `--help` prints it, with the examples behind it. */
function helpOf(command: Command): string {
  let text = ''
  command.configureOutput({ ...command.configureOutput(), writeOut: (part) => (text += part) })
  command.outputHelp()
  return text
}

describe('help', () => {
  const commands = everyCommand(program).map((command) => [command.name(), command] as const)

  test('is there for every command', () => {
    expect(commands.map(([name]) => name)).toEqual(expect.arrayContaining(['build-image', 'rotate', 'completion']))
  })

  test.each(commands)('of %s fits 80 columns, has examples and names its program in each', (_name, command) => {
    const help = helpOf(command)
    expect(help.split('\n').filter((line) => line.length > 80)).toEqual([])
    const examples = help.split('\nExamples:\n')[1] ?? expect.fail('no examples')
    expect(examples.match(/^ {2}\S.*bantam |^ {2}bantam /gm)?.length).toBeGreaterThan(0)
  })
})
