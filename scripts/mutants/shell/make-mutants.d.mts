export interface ShellMutant {
  readonly path: string
  /** Index of the command among those of the script. */
  readonly command: number
  readonly place: string
  readonly change: string
  /** The whole script with the change. */
  readonly text: string
}

export declare function makeMutants(path: string, text: string): readonly ShellMutant[]
export declare function addNotes(path: string, text: string, notesFile: string): string
export declare function notedCommand(text: string, index: number): number
