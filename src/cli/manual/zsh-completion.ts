import { quoteShell } from '../../text/quote-shell.ts'
import type { CommandPage, OptionPage, ValueKind } from './command-tree.ts'

/**
 * Writes the completion script for zsh: one function for each command, which calls `_arguments`.
 * https://zsh.sourceforge.io/Doc/Release/Completion-System.html
 */
export function formatZshCompletion(program: CommandPage): string {
  return `#compdef bantam
# Completion of bantam for zsh. Load it: source <(bantam completion zsh), or keep it as _bantam in a folder of $fpath.
${functionsOf(program)}
if [ "$funcstack[1]" = _bantam ]; then
  _bantam "$@"
else
  compdef _bantam bantam
fi
`
}

function functionsOf(page: CommandPage): string {
  return [...page.commands.map(functionsOf), functionOf(page)].join('\n')
}

function functionOf(page: CommandPage): string {
  const specs = [...page.options.map(optionSpec), ...page.arguments.map(argumentSpec)]
  return page.commands.length === 0
    ? `${nameOf(page)}() {\n  _arguments -s \\\n    ${specs.join(' \\\n    ')}\n}\n`
    : parentFunction(page, specs)
}

function parentFunction(page: CommandPage, specs: readonly string[]): string {
  const described = page.commands.map((child) => quoteShell(`${child.path.at(-1) ?? ''}:${child.summary}`))
  const cases = page.commands.map((child) => `        ${child.path.at(-1) ?? ''}) ${nameOf(child)} ;;\n`)
  return `${nameOf(page)}() {
  local curcontext="$curcontext" state line
  typeset -A opt_args
  _arguments -C -s \\
    ${[...specs, "'1:command:->command'", "'*::argument:->argument'"].join(' \\\n    ')}
  case $state in
    command)
      local -a commands
      commands=(
        ${described.join('\n        ')}
      )
      _describe command commands ;;
    argument)
      case $line[1] in
${cases.join('')}      esac ;;
  esac
}
`
}

function nameOf({ path }: CommandPage): string {
  return ['_bantam', ...path].join('_')
}

/** Writes `*` before an option that may be given again. The help says that in words. */
function optionSpec({ name, description, value }: OptionPage): string {
  const again = description.includes('given again') ? '*' : ''
  const takes = value === null ? '' : `:${name.replace(/^-+/, '')}:${actionOf(value)}`
  return quoteShell(`${again}${name}${value === null ? '' : '='}[${escapeSpec(description)}]${takes}`)
}

function argumentSpec({ name, isMany, value }: CommandPage['arguments'][number]): string {
  return quoteShell(`${isMany ? '*' : '1'}:${name}:${actionOf(value)}`)
}

function actionOf(value: ValueKind): string {
  switch (value.kind) {
    case 'choices':
      return `(${value.choices.map((choice) => choice.replaceAll(' ', '\\ ')).join(' ')})`
    case 'file':
      return '_files'
    case 'folder':
      return '_files -/'
    case 'text':
      return ' '
  }
}

/** Escapes brackets and colons, which end a description. */
function escapeSpec(text: string): string {
  return text.replace(/[[\]:\\]/g, '\\$&')
}
