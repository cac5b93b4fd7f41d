import type { Command, Option } from 'commander'
import { type Example, examplesOf } from '../examples.ts'

/** The kind of a value, for completion. */
export type ValueKind =
  | { readonly kind: 'choices'; readonly choices: readonly string[] }
  | { readonly kind: 'file' }
  | { readonly kind: 'folder' }
  | { readonly kind: 'text' }

export interface OptionPage {
  /** As in the help: `--format <format>`. */
  readonly flags: string
  /** Such as `--format`. */
  readonly name: string
  readonly description: string
  /** The kind of its value; null where it takes none. */
  readonly value: ValueKind | null
  /** Its default; null where it has none. */
  readonly defaultValue: string | null
}

export interface CommandPage {
  /** The words after the program's name: `['secrets', 'rotate']`; empty for the program itself. */
  readonly path: readonly string[]
  readonly summary: string
  readonly description: string
  readonly usage: string
  readonly arguments: readonly { readonly name: string; readonly isMany: boolean; readonly value: ValueKind }[]
  readonly options: readonly OptionPage[]
  readonly examples: readonly Example[]
  readonly commands: readonly CommandPage[]
}

/** Reads the tree of commands into plain data. Completion and the manual page are made from it. */
export function readCommandTree(command: Command, path: readonly string[] = []): CommandPage {
  const help = command.createHelp()
  return {
    path,
    summary: command.summary() || command.description(),
    description: command.description(),
    usage: help.commandUsage(command),
    arguments: command.registeredArguments.map((argument) => ({
      name: argument.name(),
      isMany: argument.variadic,
      value: valueKind(argument.name(), argument.argChoices),
    })),
    // Commander adds --help itself.
    options: help.visibleOptions(command).map(readOption),
    examples: examplesOf(command),
    commands: help
      .visibleCommands(command)
      .filter((child) => child.name() !== 'help')
      .map((child) => readCommandTree(child, [...path, child.name()])),
  }
}

/** Lists every command of the tree, each after its parent. */
export function allCommands(page: CommandPage): readonly CommandPage[] {
  return [page, ...page.commands.flatMap(allCommands)]
}

function readOption(option: Option): OptionPage {
  const [, placeholder] = /<([^>]+)>/.exec(option.flags) ?? []
  const defaultValue: unknown = option.defaultValue
  return {
    flags: option.flags,
    name: option.long ?? option.flags,
    description: option.description,
    value: placeholder === undefined ? null : valueKind(placeholder, option.argChoices),
    defaultValue: typeof defaultValue === 'string' ? defaultValue : null,
  }
}

/** Finds the kind of a value by its placeholder in the help. */
function valueKind(placeholder: string, choices: readonly string[] | undefined): ValueKind {
  if (choices !== undefined) return { kind: 'choices', choices }
  if (placeholder === 'dir') return { kind: 'folder' }
  return { kind: placeholder === 'file' || placeholder === 'image' ? 'file' : 'text' }
}
