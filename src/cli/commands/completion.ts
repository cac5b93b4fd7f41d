import { Argument, type Command } from 'commander'
import { BuildError, unreachable } from '../../errors.ts'
import type { CliContext } from '../context.ts'
import { withExamples } from '../examples.ts'
import { type CommandPage, readCommandTree } from '../manual/command-tree.ts'

const shells = ['bash', 'zsh', 'fish'] as const
type Shell = (typeof shells)[number]

/** `bantam completion SHELL`: prints a script with which a shell completes commands and options. */
export function addCompletion(program: Command, { stdout }: CliContext): void {
  const shellArgument = new Argument('<shell>', 'the shell')
  // The command refuses wrong values itself, with an error code.
  shellArgument.argChoices = [...shells]
  const command = program
    .command('completion')
    .addArgument(shellArgument)
    .summary('print a script for shell completion')
    .description('Prints a script that completes commands, options and their values in a shell.')
    .action(async (word: string) => {
      const shell = shells.find((one) => one === word)
      if (shell === undefined)
        throw new BuildError('USAGE_OPTION_INVALID', {
          option: '<shell>',
          value: word,
          expected: `one of ${shells.join(', ')}`,
        })
      stdout.write(await formatCompletion(shell, readCommandTree(program)))
    })
  withExamples(command, [
    ['eval "$(bantam completion bash)"', 'bash: put this line into ~/.bashrc'],
    ['source <(bantam completion zsh)', 'zsh: put this line into ~/.zshrc, after compinit'],
    ['bantam completion fish | source', 'fish: put this line into ~/.config/fish/config.fish'],
  ])
}

async function formatCompletion(shell: Shell, tree: CommandPage): Promise<string> {
  switch (shell) {
    case 'bash':
      return (await import('../manual/bash-completion.ts')).formatBashCompletion(tree)
    case 'zsh':
      return (await import('../manual/zsh-completion.ts')).formatZshCompletion(tree)
    case 'fish':
      return (await import('../manual/fish-completion.ts')).formatFishCompletion(tree)
    default:
      throw unreachable(shell)
  }
}
