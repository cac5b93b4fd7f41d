import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

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
    // src/cli and dist/cli lie equally deep.
    packageFolder: fileURLToPath(new URL('../..', import.meta.url)),
    now: new Date(),
    signal,
  }
}

/** The user's cache folder by the custom of the system; `BANTAM_CACHE` and XDG_CACHE_HOME win. */
export function defaultCacheFolder({ env, homeFolder }: CliContext, platform: NodeJS.Platform): string {
  if (env.BANTAM_CACHE) return env.BANTAM_CACHE
  if (env.XDG_CACHE_HOME) return join(env.XDG_CACHE_HOME, 'bantam')
  switch (platform) {
    case 'darwin':
      return join(homeFolder, 'Library', 'Caches', 'bantam')
    case 'win32':
      return join(env.LOCALAPPDATA ?? join(homeFolder, 'AppData', 'Local'), 'bantam', 'cache')
    default:
      return join(homeFolder, '.cache', 'bantam')
  }
}
