import { join } from 'node:path'
import { BuildError, type ErrorCode } from '../errors.ts'
import type { Problem } from '../errors/problem.ts'
import type { Cluster } from '../model/cluster.ts'
import { inReadingOrder } from '../yaml-source/in-reading-order.ts'
import { type Located, located } from '../yaml-source/place.ts'
import { readYamlSource } from '../yaml-source/read-yaml-source.ts'
import { checkClusterName } from './cluster/check-cluster-name.ts'
import { checkCluster } from './cluster/check-cluster.ts'
import { placesOfCluster } from './cluster/places-of-cluster.ts'
import { loadProfiles } from './nodes/load-profiles.ts'
import { makeNodes } from './nodes/make-nodes.ts'
import { checkClusterShape } from './schema/check-shape.ts'
import type { RawCluster } from './schema/raw-cluster.ts'
import { loadAdmin } from './settings/load-admin.ts'
import { parseK3s } from './settings/parse-k3s.ts'

/** Warnings that a setting is missing. */
const UNSET_WARNINGS: ReadonlySet<string> = new Set<ErrorCode>([
  'NETWORK_GATEWAY_UNSAID',
  'NETWORK_WIFI_UNSAID',
  'NETWORK_DNS_MISSING',
])

export interface LoadOptions {
  /** The folder that `~` means; SSH keys are searched in its `.ssh`. */
  readonly homeFolder: string
  /** Folder of the shipped profiles. Profiles in `profiles/` beside the cluster file replace those of the same name. */
  readonly profilesFolder: string
}

export interface LoadedCluster {
  readonly cluster: Cluster
  readonly warnings: readonly Problem[]
  /** True where no SSH key was found: the key pair of the secrets file is then used. */
  readonly needsKeyPair: boolean
}

/**
 * Reads a cluster file, its profiles and every file that it names. Throws `CLUSTER_INVALID` with every problem, or
 * `YAML_FILE_UNREADABLE` where there is no such file.
 */
export async function loadCluster(file: string, options: LoadOptions): Promise<LoadedCluster> {
  const { source, problems } = await readYamlSource(file)
  if (source === null) throw new BuildError('CLUSTER_INVALID', { problems })
  const { value, problems: shapeProblems } = await checkClusterShape(source)
  const loaded = await loadParts({ source, path: [], part: 'value', value }, options)
  const found = inReadingOrder([...shapeProblems, ...withoutEchoes(loaded.problems, shapeProblems)], file)
  if (found.some(({ severity }) => severity === 'error')) throw new BuildError('CLUSTER_INVALID', { problems: found })
  return { cluster: loaded.cluster, warnings: found, needsKeyPair: loaded.cluster.admin.sshKeys.length === 0 }
}

async function loadParts(
  raw: Located<RawCluster>,
  options: LoadOptions,
): Promise<{ cluster: Cluster; problems: readonly Problem[] }> {
  const profiles = await loadProfiles(options.profilesFolder, join(raw.source.folder, 'profiles'))
  const admin = await loadAdmin(located(raw.value.admin ?? {}, raw, 'admin'), options.homeFolder)
  const k3s = parseK3s(located(raw.value.k3s ?? {}, raw, 'k3s'), raw.value.join?.tokenLifetime)
  const made = await makeNodes(raw, profiles.value, options.homeFolder)
  const nodes = made.value.nodes.map(({ node }) => node)
  return {
    cluster: {
      name: raw.value.name ?? '',
      admin: admin.value,
      k3s: k3s.value,
      nodes,
      profileNames: [...profiles.value.keys()].sort(),
      places: placesOfCluster(raw, nodes),
    },
    problems: [
      ...profiles.problems,
      ...admin.problems,
      ...k3s.problems,
      ...made.problems,
      ...checkClusterName(raw),
      ...checkCluster(made.value, k3s.value, raw),
    ],
  }
}

/** Removes warnings of missing settings that the shape check removed as wrong: `gatway` is a misspelt key, not a missing gateway. */
function withoutEchoes(problems: readonly Problem[], shapeProblems: readonly Problem[]): readonly Problem[] {
  return shapeProblems.length === 0 ? problems : problems.filter(({ code }) => !UNSET_WARNINGS.has(code))
}
