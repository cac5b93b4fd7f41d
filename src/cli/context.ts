import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BuildError } from '../errors.ts'

/** What the commands know of the process: streams, environment and folders. */
export interface CliContext {
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  readonly stdin: NodeJS.ReadStream
  readonly env: NodeJS.ProcessEnv
  readonly workingFolder: string
  /** Null where the system knows none: HOME is not set, and the user has no entry in the list of users. */
  readonly homeFolder: string | null
  /** Where the package is: profiles, seeds and schemas travel with it. */
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
    homeFolder: findHomeFolder(),
    // src/cli and dist/cli are equally deep.
    packageFolder: fileURLToPath(new URL('../..', import.meta.url)),
    now: new Date(),
    signal,
  }
}

/** A container may run a program as a user that its list of users does not have. */
function findHomeFolder(): string | null {
  try {
    return homedir()
  } catch {
    return null
  }
}

/** The user's cache folder by the custom of the system; `BANTAM_CACHE` and XDG_CACHE_HOME win. Throws `HOME_UNKNOWN`. */
export function defaultCacheFolder({ env, homeFolder }: CliContext, platform: NodeJS.Platform): string {
  if (env.BANTAM_CACHE) return env.BANTAM_CACHE
  if (env.XDG_CACHE_HOME) return join(env.XDG_CACHE_HOME, 'bantam')
  if (platform === 'win32' && env.LOCALAPPDATA !== undefined) return join(env.LOCALAPPDATA, 'bantam', 'cache')
  if (homeFolder === null) throw new BuildError('HOME_UNKNOWN', undefined)
  switch (platform) {
    case 'darwin':
      return join(homeFolder, 'Library', 'Caches', 'bantam')
    case 'win32':
      return join(homeFolder, 'AppData', 'Local', 'bantam', 'cache')
    default:
      return join(homeFolder, '.cache', 'bantam')
  }
}
