import { cacheFolderOf } from '../machine/environment.ts'
import { thisMachine } from '../machine/machine.ts'
import { packageFolder } from '../machine/package-folder.ts'

/** The parts of the process that commands use: streams, environment and folders. */
export interface CliContext {
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  readonly stdin: NodeJS.ReadStream
  readonly env: NodeJS.ProcessEnv
  readonly workingFolder: string
  /** Null where the system knows none: HOME is not set, and the user has no entry in the list of users. */
  readonly homeFolder: string | null
  /** Folder of the package, with its profiles, seeds and schemas. */
  readonly packageFolder: string
  readonly coreCount: number
  readonly now: Date
  readonly signal: AbortSignal
}

/** Gathers the context of this process. */
export function processContext(signal: AbortSignal): CliContext {
  const { env, workingFolder, homeFolder, coreCount } = thisMachine()
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin,
    env,
    workingFolder,
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
