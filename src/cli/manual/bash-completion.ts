import { quoteShell } from '../../text/quote-shell.ts'
import { allCommands, type CommandPage, type ValueKind } from './command-tree.ts'

/**
 * Writes the completion script for bash 3.2 (macOS) and later. Its function finds the command in the words typed so far, then offers the
 * words that may follow. https://www.gnu.org/software/bash/manual/html_node/Programmable-Completion.html
 */
export function formatBashCompletion(program: CommandPage): string {
  const commands = allCommands(program)
  return `# Completion of bantam for bash. Load it: eval "$(bantam completion bash)"
_bantam() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} path= skip= word i
  # bash splits words at "=": --format=img is three of them.
  if [ "$cur" = = ]; then cur=
  elif [ "$prev" = = ]; then prev=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [ -n "$skip" ]; then skip=; continue; fi
    case "$path/$word" in
${commands.flatMap((page) => page.commands.map(enterCase)).join('')}${commands.flatMap(skipCases).join('')}    esac
  done
  case "$path:$prev" in
${commands.flatMap(valueCases).join('')}  esac
  case "$cur" in
    -*)
      case "$path" in
${commands.map(optionsCase).join('')}      esac ;;
    *)
      case "$path" in
${commands.map(argumentCase).join('')}      esac ;;
  esac
}
# Offers those of a list, one a line, that begin with what is typed. Spaces in them are escaped.
_bantam_words() {
  local IFS=$'\\n' word
  for word in $(compgen -W "$1" -- "$2"); do COMPREPLY+=("$(printf %q "$word")"); done
}
_bantam_files() {
  local IFS=$'\\n'
  compopt -o filenames 2> /dev/null
  COMPREPLY=($(compgen "$1" -- "$2"))
}
complete -F _bantam bantam
`
}

/** Writes a command as the case statements match it: `/secrets/rotate`. */
function pathOf({ path }: CommandPage): string {
  return path.map((word) => `/${word}`).join('')
}

function enterCase(page: CommandPage): string {
  return `      ${pathOf(page)}) path=${pathOf(page)} ;;\n`
}

/** Skips the values of options, which are no commands: `--name secrets`. */
function skipCases(page: CommandPage): readonly string[] {
  const taking = page.options.filter(({ value }) => value !== null).map(({ name }) => `${pathOf(page)}/${name}`)
  return taking.length === 0 ? [] : [`      ${taking.join('|')}) skip=yes ;;\n`]
}

function valueCases(page: CommandPage): readonly string[] {
  return page.options.flatMap(({ name, value }) =>
    value === null ? [] : [`    ${pathOf(page)}:${name}) ${offerValue(value)}return ;;\n`],
  )
}

function optionsCase(page: CommandPage): string {
  return `        "${pathOf(page)}") ${offerWords(page.options.map(({ name }) => name))};;\n`
}

function argumentCase(page: CommandPage): string {
  const [argument] = page.arguments
  const offered =
    argument === undefined ? offerWords(page.commands.map(({ path }) => path.at(-1) ?? '')) : offerValue(argument.value)
  return `        "${pathOf(page)}") ${offered};;\n`
}

function offerValue(value: ValueKind): string {
  switch (value.kind) {
    case 'choices':
      return offerWords(value.choices)
    case 'file':
      return '_bantam_files -f "$cur"; '
    case 'folder':
      return '_bantam_files -d "$cur"; '
    case 'text':
      return ''
  }
}

function offerWords(words: readonly string[]): string {
  return words.length === 0 ? '' : `_bantam_words ${quoteShell(words.join('\n'))} "$cur"; `
}
