import { homedir } from 'node:os'
import { cacheFolderOf } from '../machine/environment.ts'
import { packageFolder } from '../machine/package-folder.ts'

/** What the commands know of the process: streams, environment and folders. */
export interface CliContext {
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  readonly stdin: NodeJS.ReadStream
  readonly env: NodeJS.ProcessEnv
  readonly workingFolder: string
  readonly homeFolder: string
  /** Where the package lies: profiles, seeds and schemas travel with it. */
  readonly packageFolder: string
  readonly now: Date
  readonly signal: AbortSignal
}

/** Gathers the context of this process. */
export function processContext(signal: AbortSignal): CliContext {
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin,
    env: process.env,
    workingFolder: process.cwd(),
    homeFolder: homedir(),
    packageFolder,
    now: new Date(),
    signal,
  }
}

/** The user's cache folder: see `cacheFolderOf`. */
export function defaultCacheFolder({ env, homeFolder }: CliContext, platform: NodeJS.Platform): string {
  return cacheFolderOf({ env, homeFolder, platform })
}
