export interface ShellCommand {
  /** Places in the text of the script. */
  readonly start: number
  readonly end: number
  /** Says whether its exit code decides what runs next. */
  readonly decides: boolean
}

export declare function findCommands(text: string): readonly ShellCommand[]
