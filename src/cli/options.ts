import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { BuildError } from '../errors.ts'
import { systemReason } from '../host/system-reason.ts'
import type { Project, Selection } from '../pipeline/project/project.ts'
import type { SecretsKeys } from '../secrets/encrypt-secrets.ts'
import { createPassphraseAsker } from './ask-passphrase.ts'
import type { CliContext } from './context.ts'

/** Options that every command about a cluster takes. */
export interface ClusterOptions {
  readonly cluster: string
  readonly seeds?: string
  readonly out?: string
  readonly profile?: readonly string[]
  readonly node?: readonly string[]
  readonly json?: true
}

/** Puts options and context together into the pipeline's project. */
export function projectOf(options: ClusterOptions, context: CliContext): Project {
  const { workingFolder } = context
  return {
    clusterFile: resolve(workingFolder, options.cluster),
    seedsOverride: options.seeds === undefined ? null : resolve(workingFolder, options.seeds),
    outFolder: resolve(workingFolder, options.out ?? 'out'),
    workingFolder,
    homeFolder: context.homeFolder,
    shippedProfiles: join(context.packageFolder, 'profiles'),
    shippedSeeds: join(context.packageFolder, 'seeds'),
    randomBytes,
    secretsKeys: secretsKeysOf(context),
    signal: context.signal,
    now: context.now,
  }
}

/** What opens an encrypted secrets file: from the environment, or asked for on a terminal. */
function secretsKeysOf(context: CliContext): SecretsKeys {
  const { env, workingFolder } = context
  const text =
    given(env.BANTAM_AGE_KEY) ??
    (env.BANTAM_AGE_KEY_FILE ? readKeyFile(resolve(workingFolder, env.BANTAM_AGE_KEY_FILE)) : '')
  const identities = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
  return {
    identities,
    passphrase: given(env.BANTAM_AGE_PASSPHRASE) ?? null,
    askPassphrase: createPassphraseAsker(context),
  }
}

/** CI sets variables of secrets that do not exist to nothing. */
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

/** The nodes that the options choose. */
export function selectionOf(options: ClusterOptions): Selection {
  return { profiles: options.profile ?? [], nodes: options.node ?? [] }
}

/** For options that may be given more than once. */
export function collect(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value]
}

/** Reads a count of at least `least`. Throws `USAGE_OPTION_INVALID`. */
export function parseCount(option: string, value: string, least = 1): number {
  const count = Number(value)
  if (!/^\d+$/.test(value) || !Number.isSafeInteger(count) || count < least) {
    throw new BuildError('USAGE_OPTION_INVALID', { option, value, expected: `a whole number from ${least}` })
  }
  return count
}

/** Reads SOURCE_DATE_EPOCH (https://reproducible-builds.org/specs/source-date-epoch/); null where it is not set. */
export function sourceDate(env: NodeJS.ProcessEnv): Date | null {
  const value = env.SOURCE_DATE_EPOCH
  if (value === undefined || value === '') return null
  // ext4 and FAT keep dates up to 2107; beyond that lies a mistake.
  if (!/^\d{1,10}$/.test(value) || Number(value) > 4_000_000_000)
    throw new BuildError('USAGE_SOURCE_DATE_INVALID', { value })
  return new Date(Number(value) * 1000)
}
