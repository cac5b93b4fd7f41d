/** Reads the environment variables that bantam uses, on the command line and as a library. */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { BuildError } from '../errors.ts'
import { systemReason } from '../host/system-reason.ts'
import type { SecretsKeys } from '../secrets/encrypt-secrets.ts'
import type { Environment, Machine } from './machine.ts'

type CacheSettings = Pick<Machine, 'env' | 'homeFolder' | 'platform'>

/** Finds the cache folder as `findCacheFolder` does. Throws `CACHE_HOME_UNKNOWN` if there is none. */
export function cacheFolderOf(settings: CacheSettings): string {
  const folder = findCacheFolder(settings)
  if (folder === null) throw new BuildError('CACHE_HOME_UNKNOWN', undefined)
  return folder
}

/** Finds the cache folder: `BANTAM_CACHE`, else in XDG_CACHE_HOME, else the usual folder of the system. Null: this user has no home folder. */
export function findCacheFolder({ env, homeFolder, platform }: CacheSettings): string | null {
  if (env.BANTAM_CACHE) return env.BANTAM_CACHE
  if (env.XDG_CACHE_HOME) return join(env.XDG_CACHE_HOME, 'bantam')
  if (platform === 'win32' && env.LOCALAPPDATA) return join(env.LOCALAPPDATA, 'bantam', 'cache')
  if (homeFolder === null) return null
  switch (platform) {
    case 'darwin':
      return join(homeFolder, 'Library', 'Caches', 'bantam')
    case 'win32':
      return join(homeFolder, 'AppData', 'Local', 'bantam', 'cache')
    default:
      return join(homeFolder, '.cache', 'bantam')
  }
}

/** Reads the keys that open an encrypted secrets file: `BANTAM_AGE_KEY`, `_KEY_FILE` and `_PASSPHRASE`. Throws `AGE_KEY_UNREADABLE`. */
export function secretsKeysOf(env: Environment, workingFolder: string): SecretsKeys {
  const text =
    given(env.BANTAM_AGE_KEY) ??
    (env.BANTAM_AGE_KEY_FILE ? readKeyFile(resolve(workingFolder, env.BANTAM_AGE_KEY_FILE)) : '')
  const identities = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
  return { identities, passphrase: given(env.BANTAM_AGE_PASSPHRASE) ?? null, askPassphrase: null }
}

/** Treats an empty variable as missing: CI sets the variable of a missing secret to an empty text. */
function given(value: string | undefined): string | undefined {
  return value === '' ? undefined : value
}

function readKeyFile(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new BuildError('AGE_KEY_UNREADABLE', { file, reason: systemReason(cause) }, { cause })
  }
}

/**
 * Reads SOURCE_DATE_EPOCH (https://reproducible-builds.org/specs/source-date-epoch/), in seconds; null where it is not set.
 * Throws `USAGE_SOURCE_DATE_INVALID`.
 */
export function sourceDateOf(env: Environment): Date | null {
  const value = env.SOURCE_DATE_EPOCH
  if (value === undefined || value === '') return null
  // ext4 and FAT both store dates up to 2107. A later date is a mistake.
  if (!/^\d{1,10}$/.test(value) || Number(value) > 4_000_000_000)
    throw new BuildError('USAGE_SOURCE_DATE_INVALID', { value })
  return new Date(Number(value) * 1000)
}

/** How this user calls bantam: npm sets `npm_command` for what it runs, to `run` since npm 11. Users of npx have no `bantam` in their PATH. */
export function commandOf(env: Environment): string {
  switch (env.npm_command) {
    case 'exec':
      return 'npx bantam-k3s'
    case 'run':
    case 'run-script':
      return 'npm run bantam --'
    default:
      return 'bantam'
  }
}
