import { randomBytes } from 'node:crypto'
import { parse, resolve } from 'node:path'
import { BuildError } from '../errors.ts'
import { secretsKeysOf } from '../machine/environment.ts'
import { shippedProfiles, shippedSeeds } from '../machine/package-folder.ts'
import type { Project, Selection } from '../pipeline/project/project.ts'
import { createPassphraseAsker } from './ask-passphrase.ts'
import type { CliContext } from './context.ts'

/** Options of every command about a cluster. */
export interface ClusterOptions {
  readonly cluster: string
  readonly seeds?: string
  readonly out?: string
  readonly profile?: readonly string[]
  readonly node?: readonly string[]
  readonly json?: true
}

/** Makes the pipeline's project from options and context. */
export function projectOf(options: ClusterOptions, context: CliContext): Project {
  const { workingFolder } = context
  return {
    clusterFile: resolve(workingFolder, options.cluster),
    seedsOverride: options.seeds === undefined ? null : resolve(workingFolder, options.seeds),
    outFolder: resolve(workingFolder, options.out ?? 'out'),
    workingFolder,
    // Container runtimes use `/` for a user without a home folder. `~/.ssh` is then a folder without keys.
    homeFolder: context.homeFolder ?? parse(workingFolder).root,
    shippedProfiles,
    shippedSeeds,
    randomBytes,
    env: context.env,
    secretsKeys: { ...secretsKeysOf(context.env, workingFolder), askPassphrase: createPassphraseAsker(context) },
    signal: context.signal,
    now: context.now,
  }
}

/** Returns the selection that the options make. */
export function selectionOf(options: ClusterOptions): Selection {
  return { profiles: options.profile ?? [], nodes: options.node ?? [] }
}

/** Reads a count of at least `least`. Throws `USAGE_OPTION_INVALID`. */
export function parseCount(option: string, value: string, least = 1): number {
  const count = Number(value)
  if (!/^\d+$/.test(value) || !Number.isSafeInteger(count) || count < least) {
    throw new BuildError('USAGE_OPTION_INVALID', { option, value, expected: `a whole number from ${least}` })
  }
  return count
}
