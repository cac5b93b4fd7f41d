import { cacheFolderOf } from '../machine/environment.ts'
import { thisMachine } from '../machine/machine.ts'
import { packageFolder } from '../machine/package-folder.ts'
import { Output } from './terminal/output.ts'

/** The parts of the process that commands use: streams, environment and folders. */
export interface CliContext {
  readonly stdout: Output
  readonly stderr: Output
  readonly stdin: NodeJS.ReadStream
  readonly env: NodeJS.ProcessEnv
  /** Reading it throws `MACHINE_FOLDER_GONE` if somebody removed the folder. */
  readonly workingFolder: string
  /** Null where the system knows none: HOME is not set, and the user has no entry in the list of users. */
  readonly homeFolder: string | null
  /** Folder of the package, with its profiles, seeds and schemas. */
  readonly packageFolder: string
  readonly coreCount: number
  readonly now: Date
  readonly signal: AbortSignal
}

/** Gathers the context of this process. It throws nothing: what may be missing is looked up when a command reads it. */
export function processContext(signal: AbortSignal): CliContext {
  const machine = thisMachine()
  const { env, homeFolder, coreCount } = machine
  return {
    stdout: new Output(process.stdout),
    stderr: new Output(process.stderr),
    get stdin() {
      return process.stdin
    },
    env,
    get workingFolder() {
      return machine.workingFolder
    },
    homeFolder,
    packageFolder,
    coreCount,
    now: new Date(),
    signal,
  }
}

/** Returns the user's cache folder: see `cacheFolderOf`. */
export function defaultCacheFolder({ env, homeFolder }: CliContext, platform: NodeJS.Platform): string {
  return cacheFolderOf({ env, homeFolder, platform })
}
