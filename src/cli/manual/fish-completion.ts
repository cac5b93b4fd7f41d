import { allCommands, type CommandPage, type OptionPage, type ValueKind } from './command-tree.ts'

/** Writes the completion script for fish: one line for each offer, with its command. https://fishshell.com/docs/current/completions.html */
export function formatFishCompletion(program: CommandPage): string {
  const lines = allCommands(program).flatMap((page) => [
    ...page.commands.map((child) => commandLine(page, child)),
    ...page.options.map((option) => optionLine(page, option)),
    ...page.arguments.map(({ value }) => argumentLine(page, value)),
  ])
  return `# Completion of bantam for fish. Load it: bantam completion fish | source
complete -c bantam -f
${lines.map((line) => `${line}\n`).join('')}`
}

function commandLine(page: CommandPage, child: CommandPage): string {
  return offer(page, `-a ${quote(child.path.at(-1) ?? '')} -d ${quote(child.summary)}`)
}

function optionLine(page: CommandPage, { name, description, value }: OptionPage): string {
  const takes = value === null ? '' : ` ${offerValue(value)}`
  return offer(page, `-l ${name.replace(/^--/, '')} -d ${quote(description)}${takes}`)
}

function argumentLine(page: CommandPage, value: ValueKind): string {
  return offer(page, offerValue(value))
}

function offer({ path, commands }: CommandPage, what: string): string {
  const conditions = [
    ...(path.length === 0 ? [] : [`__fish_seen_subcommand_from ${path[0] ?? ''}`]),
    ...path.slice(1).map((word) => `and __fish_seen_subcommand_from ${word}`),
  ]
  const names = commands.map((child) => child.path.at(-1) ?? '').join(' ')
  // After a subcommand, the words of its parent are no longer offered.
  const open = names === '' ? [] : [`${path.length === 0 ? '' : 'and '}not __fish_seen_subcommand_from ${names}`]
  return `complete -c bantam -n ${quote([...conditions, ...open].join('; '))} ${what}`
}

function offerValue(value: ValueKind): string {
  switch (value.kind) {
    case 'choices':
      // fish reads one offer from each line that the command prints, because offers may hold spaces.
      return `-x -a ${quote(`(printf '%s\\n' ${value.choices.map(quote).join(' ')})`)}`
    case 'file':
      return '-r -F'
    case 'folder':
      return `-x -a ${quote('(__fish_complete_directories)')}`
    case 'text':
      return '-x'
  }
}

/** Quotes one word for fish: in single quotes, only these two characters have a meaning. */
function quote(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`
}
