/** Fills in the options that a caller left out, from this machine. */
import { randomBytes } from 'node:crypto'
import { parse, resolve } from 'node:path'
import { cacheFolderOf, secretsKeysOf } from '../machine/environment.ts'
import { type Machine, thisMachine } from '../machine/machine.ts'
import { shippedProfiles, shippedSeeds } from '../machine/package-folder.ts'
import type { Project, Selection } from '../pipeline/project/project.ts'
import type { Progress } from '../progress.ts'
import type { SecretsKeys } from '../secrets/encrypt-secrets.ts'
import { checkOptions } from './check-options.ts'
import {
  type AgeKeys,
  ageKeyRules,
  type CacheOptions,
  type ClusterOptions,
  type MachineOptions,
  type OutOptions,
  type SecretsOptions,
  type SelectionOptions,
  type TemplateOptions,
} from './options.ts'

type ProjectOptions = ClusterOptions & SecretsOptions & TemplateOptions & Partial<OutOptions>

export interface MachineContext {
  readonly workingFolder: string
  readonly now: Date
  readonly signal: AbortSignal
}

export interface CacheContext extends MachineContext {
  readonly cacheFolder: string
  readonly workerCount: number
  readonly progress: Progress
}

/** Describes this machine; the caller's options replace parts of it. */
export function machineOf({ env, homeFolder, workingFolder }: MachineOptions): Machine {
  const machine = thisMachine()
  const { platform, temporaryFolder, coreCount, nodeProgram } = machine
  return {
    platform,
    temporaryFolder,
    coreCount,
    nodeProgram,
    env: env ?? machine.env,
    homeFolder: homeFolder ?? machine.homeFolder,
    // Read only where no folder is given: see `Machine`.
    workingFolder: resolve(workingFolder ?? machine.workingFolder),
  }
}

export function contextOf(options: MachineOptions): MachineContext {
  return {
    workingFolder: machineOf(options).workingFolder,
    now: options.now ?? new Date(),
    signal: options.signal ?? new AbortController().signal,
  }
}

/** Throws `CACHE_HOME_UNKNOWN` if neither an option nor the environment names the cache folder. */
export function cacheContextOf(options: CacheOptions & MachineOptions): CacheContext {
  const machine = machineOf(options)
  return {
    ...contextOf(options),
    cacheFolder: resolve(machine.workingFolder, options.cache ?? cacheFolderOf(machine)),
    workerCount: options.workerCount ?? machine.coreCount,
    progress: options.progress ?? ((): void => undefined),
  }
}

export function projectOf(name: string, options: ProjectOptions): Project {
  const machine = machineOf(options)
  const { workingFolder } = machine
  return {
    ...contextOf(options),
    clusterFile: resolve(workingFolder, options.cluster),
    seedsOverride: options.seeds === undefined ? null : resolve(workingFolder, options.seeds),
    // Functions without `out` write no results.
    outFolder: resolve(workingFolder, options.out ?? 'out'),
    // Container runtimes use `/` for a user without a home folder. `~/.ssh` is then a folder without keys.
    homeFolder: machine.homeFolder ?? parse(workingFolder).root,
    shippedProfiles,
    shippedSeeds,
    randomBytes: options.randomBytes ?? randomBytes,
    secretsKeys:
      options.keys === undefined ? secretsKeysOf(machine.env, workingFolder) : secretsKeysFrom(name, options.keys),
  }
}

function secretsKeysFrom(name: string, keys: AgeKeys): SecretsKeys {
  const { identities = [], passphrase = null } = checkOptions(name, keys, ageKeyRules, 'keys.')
  return { identities, passphrase, askPassphrase: null }
}

export function selectionOf({ profiles = [], nodes = [] }: SelectionOptions): Selection {
  return { profiles, nodes }
}
