import { join } from 'node:path'
import { BuildError, type ErrorCode } from '../errors.ts'
import type { Problem } from '../errors/problem.ts'
import type { Cluster } from '../model/cluster.ts'
import type { NamedSecret } from '../model/named-secret.ts'
import { inReadingOrder } from '../yaml-source/in-reading-order.ts'
import { type Located, located } from '../yaml-source/place.ts'
import { readYamlSource } from '../yaml-source/read-yaml-source.ts'
import { checkClusterName } from './cluster/check-cluster-name.ts'
import { checkCluster } from './cluster/check-cluster.ts'
import { placesOfCluster } from './cluster/places-of-cluster.ts'
import { loadProfiles } from './nodes/load-profiles.ts'
import { makeNodes } from './nodes/make-nodes.ts'
import { checkPlainTexts } from './references/check-plain-texts.ts'
import { createUserValues, type ValueSources } from './references/user-values.ts'
import { checkClusterShape } from './schema/check-shape.ts'
import { clusterSchema } from './schema/cluster-schema.ts'
import type { RawCluster } from './schema/raw-cluster.ts'
import { loadAdmin } from './settings/load-admin.ts'
import { parseK3s } from './settings/parse-k3s.ts'
import { resolveUserPath } from './settings/resolve-user-path.ts'
import { createSourceFiles } from './settings/source-files.ts'

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
  /** Where values outside of the cluster file are, and what they are needed for. */
  readonly values: Omit<ValueSources, 'resolvePath' | 'readSecrets'> & {
    /** Reads the user's values in the secrets file of a cluster, by name. */
    readonly readSecrets: (clusterName: string) => Promise<Readonly<Record<string, string>>>
  }
}

export interface LoadedCluster {
  readonly cluster: Cluster
  readonly warnings: readonly Problem[]
  /** True where no SSH key was found: the key pair of the secrets file is then used. */
  readonly needsKeyPair: boolean
  /** The values from outside of the cluster file that were read. */
  readonly values: readonly NamedSecret[]
}

/**
 * Reads a cluster file, its profiles and every file that it names. Throws `CLUSTER_INVALID` with every problem, or
 * `YAML_FILE_UNREADABLE` where there is no such file.
 */
export async function loadCluster(file: string, options: LoadOptions): Promise<LoadedCluster> {
  const { source, problems } = await readYamlSource(file)
  if (source === null) throw new BuildError('CLUSTER_INVALID', { problems })
  const plain = checkPlainTexts(source, clusterSchema)
  const { value, problems: shapeProblems } = await checkClusterShape(plain.value)
  const loaded = await loadParts({ source: plain.value, path: [], part: 'value', value }, options)
  const all = [...plain.problems, ...shapeProblems, ...withoutEchoes(loaded.problems, shapeProblems)]
  const found = inReadingOrder(withoutSameMistake(all), file)
  if (found.some(({ severity }) => severity === 'error')) throw new BuildError('CLUSTER_INVALID', { problems: found })
  const { cluster, values } = loaded
  return { cluster, warnings: found, needsKeyPair: cluster.admin.sshKeys.length === 0, values }
}

async function loadParts(
  raw: Located<RawCluster>,
  options: LoadOptions,
): Promise<{ cluster: Cluster; problems: readonly Problem[]; values: readonly NamedSecret[] }> {
  const { homeFolder } = options
  const sources = {
    ...options.values,
    resolvePath: (path: string, folder: string) => resolveUserPath(path, folder, homeFolder),
    readSecrets: once(() => readSecretsOf(raw.value, options)),
  }
  const values = createUserValues(sources)
  const profiles = await loadProfiles(options.profilesFolder, join(raw.source.folder, 'profiles'))
  const admin = await loadAdmin(located(raw.value.admin ?? {}, raw, 'admin'), { homeFolder, values })
  const k3s = await parseK3s(located(raw.value.k3s ?? {}, raw, 'k3s'), raw.value.join?.tokenLifetime, values)
  const made = await makeNodes(raw, profiles.value, {
    files: createSourceFiles(homeFolder),
    values,
    // A profile that no node has needs no values.
    unusedValues: createUserValues({ ...sources, need: 'none' }),
  })
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
    values: values.listValues(),
  }
}

/** Reads the values in the secrets file, which is named after the cluster. A cluster without a valid name is reported, and has no such file. */
async function readSecretsOf({ name }: RawCluster, { values }: LoadOptions): Promise<Readonly<Record<string, string>>> {
  return name === undefined ? {} : values.readSecrets(name)
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let done: Promise<T> | null = null
  return () => (done ??= work())
}

/** Keeps one problem of a text with a reference in a key that is not secret: that the text is not a time zone, say, is the same mistake. */
function withoutSameMistake(problems: readonly Problem[]): readonly Problem[] {
  const spotOf = ({ file, line, column }: Problem): string => `${file} ${line ?? ''} ${column ?? ''}`
  const isReference = ({ code }: Problem): boolean => code === ('REFERENCE_KEY_NOT_SECRET' satisfies ErrorCode)
  const spots = new Set(problems.filter(isReference).map(spotOf))
  return problems.filter((one) => isReference(one) || !spots.has(spotOf(one)))
}

/** Removes warnings of missing settings that the shape check removed as wrong: `gatway` is a misspelt key, not a missing gateway. */
function withoutEchoes(problems: readonly Problem[], shapeProblems: readonly Problem[]): readonly Problem[] {
  return shapeProblems.length === 0 ? problems : problems.filter(({ code }) => !UNSET_WARNINGS.has(code))
}
