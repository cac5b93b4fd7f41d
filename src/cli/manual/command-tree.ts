import type { Command, Option } from 'commander'
import { type Example, examplesOf } from '../examples.ts'

/** What a value is, for whoever completes it. */
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
  /** What it takes if it is given; null where it takes nothing. */
  readonly value: ValueKind | null
  /** Used where it is left out; null where there is no such value. */
  readonly defaultValue: string | null
}

export interface CommandPage {
  /** Words behind the program's name: `['secrets', 'rotate']`; none for the program itself. */
  readonly path: readonly string[]
  readonly summary: string
  readonly description: string
  readonly usage: string
  readonly arguments: readonly { readonly name: string; readonly isMany: boolean; readonly value: ValueKind }[]
  readonly options: readonly OptionPage[]
  readonly examples: readonly Example[]
  readonly commands: readonly CommandPage[]
}

/** Reads the tree of commands into plain data, which completion and the manual page are made from. */
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

/** Every command of the tree, each after its parent. */
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

/** The placeholder of help says what a value is. */
function valueKind(placeholder: string, choices: readonly string[] | undefined): ValueKind {
  if (choices !== undefined) return { kind: 'choices', choices }
  if (placeholder === 'dir') return { kind: 'folder' }
  return { kind: placeholder === 'file' || placeholder === 'image' ? 'file' : 'text' }
}
