import type { Problem } from '../../errors/problem.ts'
import { defaultOs } from '../../model/base-image-catalog.ts'
import { type Board, isTooSmallForServer } from '../../model/boards.ts'
import type { ClusterNode, NodeNetwork, Role } from '../../model/cluster.ts'
import type { Placed } from '../../model/places.ts'
import { type Checked, problem, warning } from '../../yaml-source/describe-problem.ts'
import { at, type Located, located, type Place } from '../../yaml-source/place.ts'
import type { UserValues } from '../references/user-values.ts'
import type { RawCluster, RawNode } from '../schema/raw-cluster.ts'
import { checkExtraFilePaths } from '../settings/check-extra-file-path.ts'
import { mergeSettings } from '../settings/merge-settings.ts'
import { parseSettings, type SettingReaders } from '../settings/parse-settings.ts'
import { checkTaints } from '../settings/parse-taint.ts'
import { type NetworkSettings, noSettings, type Settings } from '../settings/settings.ts'
import { checkNodeName, parseMac, parseNodeAddress } from './check-node-identity.ts'
import { checkNodeNetwork } from './check-node-network.ts'
import { expandRange, MOST_NODES, type RangeBase } from './expand-range.ts'
import { type Profile, profileChain, type Profiles, unknownProfile } from './load-profiles.ts'
import { oncePerRange } from './once-per-range.ts'
import { placesOfNode } from './places-of-node.ts'

/** A finished node and its entry in `nodes`. */
export interface PlacedNode {
  readonly node: ClusterNode
  readonly place: Place
}

export interface MadeNodes {
  readonly nodes: readonly PlacedNode[]
  /** False where some entries were too wrong to become nodes. Checks that count nodes are then skipped. */
  readonly areAllMade: boolean
}

/** A profile, merged with the settings of its parents and the cluster. */
interface ResolvedProfile {
  readonly chain: readonly Profile[]
  readonly settings: Settings
  readonly role: Role | null
  readonly board: Board
}

/** What reads the values and files that the settings of nodes name. */
interface NodeReaders extends SettingReaders {
  /** Reads the secret keys of profiles that no node has. */
  readonly unusedValues: UserValues
}

const defaults: Settings = { ...noSettings, os: defaultOs, timezone: 'Etc/UTC' }

/**
 * Turns the entries of `nodes` into nodes: expands ranges and merges settings. The entry wins over its profile, then the profile's parents,
 * then the cluster.
 */
export async function makeNodes(
  cluster: Located<RawCluster>,
  profiles: Profiles,
  readers: NodeReaders,
): Promise<Checked<MadeNodes>> {
  const clusterWide = await parseSettings(cluster, readers)
  const problems: Problem[] = [...clusterWide.problems]
  const rawNodes = cluster.value.nodes ?? []
  const own = await parseProfiles(profiles, namesOfUsed(rawNodes, profiles), readers)
  problems.push(...own.problems)
  const resolved = resolveUsed(rawNodes, profiles, own.value, mergeSettings(defaults, clusterWide.value))
  const nodes: PlacedNode[] = []
  const checkedProfiles = new Set<ResolvedProfile>()
  let madeEntries = 0
  let nodeCount = 0
  for (const [index, raw] of rawNodes.entries()) {
    // A hole marks an entry that the schema refused.
    if (!(index in rawNodes)) continue
    const entry = located(raw, cluster, 'nodes', index)
    const profile = raw.profile === undefined ? undefined : resolved.get(raw.profile)
    const settings = await parseSettings(entry, readers)
    const profileProblems = checkProfile(entry, profile ?? null, profiles)
    const expanded = expandEntry(entry)
    problems.push(...settings.problems, ...profileProblems, ...expanded.problems)
    nodeCount += expanded.value.length
    if (nodeCount > MOST_NODES) {
      problems.push(problem('CLUSTER_TOO_MANY_NODES', { count: nodeCount, limit: MOST_NODES }, at(cluster, 'nodes')))
      break
    }
    const role = profile?.role ?? null
    if (!profile || role === null || expanded.value.length === 0) continue
    const merged = mergeSettings(profile.settings, settings.value)
    const places = placesOfNode(entry, profile.chain, cluster)
    const made = makeEntry(entry, profile, role, { ...merged, places }, expanded.value)
    problems.push(...made.problems)
    // Entries without `files` have only those of their profile. These are checked once, with the profile's first entry.
    if (settings.value.files.length > 0 || !checkedProfiles.has(profile))
      problems.push(...checkExtraFilePaths(merged.files, entry))
    checkedProfiles.add(profile)
    nodes.push(...made.value.map((node) => ({ node, place: entry })))
    madeEntries += 1
  }
  return { value: { nodes, areAllMade: madeEntries === rawNodes.length }, problems }
}

/** The names of the profiles that nodes have, and of the parents of those profiles. */
function namesOfUsed(rawNodes: readonly RawNode[], profiles: Profiles): ReadonlySet<string> {
  const named = new Set(rawNodes.flatMap(({ profile }) => profile ?? []))
  return new Set([...named].flatMap((name) => (profileChain(name, profiles) ?? []).map((profile) => profile.name)))
}

async function parseProfiles(
  profiles: Profiles,
  used: ReadonlySet<string>,
  readers: NodeReaders,
): Promise<Checked<ReadonlyMap<string, Settings>>> {
  const value = new Map<string, Settings>()
  const problems: Problem[] = []
  for (const profile of profiles.values()) {
    if (profile === null) continue
    const values = used.has(profile.name) ? readers.values : readers.unusedValues
    const settings = await parseSettings(profile, { ...readers, values })
    value.set(profile.name, settings.value)
    problems.push(...settings.problems)
  }
  return { value, problems }
}

/** Resolves each profile that an entry names, once. */
function resolveUsed(
  rawNodes: readonly RawNode[],
  profiles: Profiles,
  own: ReadonlyMap<string, Settings>,
  clusterWide: Settings,
): ReadonlyMap<string, ResolvedProfile | null> {
  const used = new Set(rawNodes.flatMap(({ profile }) => profile ?? []))
  return new Map([...used].map((name) => [name, resolveProfile(name, profiles, own, clusterWide)]))
}

/** Null where the profile or one of its parents is missing or unreadable. */
function resolveProfile(
  name: string,
  profiles: Profiles,
  own: ReadonlyMap<string, Settings>,
  clusterWide: Settings,
): ResolvedProfile | null {
  const chain = profileChain(name, profiles)
  if (chain === null) return null
  return {
    chain,
    settings: chain
      .toReversed()
      .reduce((settings, profile) => mergeSettings(settings, own.get(profile.name) ?? noSettings), clusterWide),
    role: chain.find(({ value }) => value.role !== undefined)?.value.role ?? null,
    board: chain.find(({ value }) => value.board !== undefined)?.value.board ?? 'any',
  }
}

function checkProfile(
  entry: Located<RawNode>,
  resolved: ResolvedProfile | null,
  profiles: Profiles,
): readonly Problem[] {
  const name = entry.value.profile
  if (name === undefined) return []
  if (!profiles.has(name)) return [unknownProfile(name, profiles, at(entry, 'profile'))]
  // If a part of a profile was refused, that part may have been the role.
  if (resolved?.role !== null || resolved.chain.some(({ isWhole }) => !isWhole)) return []
  return [problem('PROFILE_ROLE_MISSING', { profile: name }, at(entry, 'profile'))]
}

/** The values in which the nodes of one entry differ. */
interface Identity {
  readonly name: string
  readonly address: string | null
  readonly mac: string | null
}

function expandEntry(entry: Located<RawNode>): Checked<readonly Identity[]> {
  const problems: Problem[] = []
  const expand = (key: 'name' | 'address' | 'mac', base: RangeBase): readonly string[] | null => {
    const text = entry.value[key]
    if (text === undefined) return null
    const expanded = expandRange(text, base)
    if ('values' in expanded) return expanded.values
    problems.push(problem('NODE_RANGE_INVALID', { value: text, reason: expanded.reason }, at(entry, key)))
    return null
  }
  const names = expand('name', 'decimal')
  const [addresses, macs] = [expand('address', 'decimal'), expand('mac', 'hexadecimal')]
  if (names === null || problems.length > 0) return { value: [], problems }
  for (const [key, values] of [
    ['address', addresses],
    ['mac', macs],
  ] as const) {
    if (values === null || values.length === names.length) continue
    problems.push(
      problem('NODE_RANGE_MISMATCH', { key, count: values.length, nameCount: names.length }, at(entry, key)),
    )
  }
  const value = names.map((name, index) => ({ name, address: addresses?.[index] ?? null, mac: macs?.[index] ?? null }))
  return { value: problems.length > 0 ? [] : value, problems }
}

function makeEntry(
  entry: Located<RawNode>,
  profile: ResolvedProfile,
  role: Role,
  settings: Settings & Placed,
  identities: readonly Identity[],
): Checked<readonly ClusterNode[]> {
  const problems: Problem[] = [...checkTaints(settings.taints, entry)]
  const problemsByNode: (readonly Problem[])[] = []
  const board = entry.value.board ?? profile.board
  const profileNames = profile.chain.map(({ name }) => name)
  const { network: networkSettings, os = [], timezone = '', places, ...rest } = settings
  const nodes = identities.map((identity): ClusterNode => {
    const address = identity.address === null ? null : parseNodeAddress(identity.address, at(entry, 'address'))
    const mac = identity.mac === null ? null : parseMac(identity.mac, at(entry, 'mac'))
    const network = completeNetwork(networkSettings, address?.value ?? null, mac?.value ?? null)
    const node: ClusterNode = {
      name: identity.name,
      profile: profileNames[0] ?? '',
      profileChain: profileNames,
      role,
      board,
      os,
      timezone,
      network,
      ...rest,
      places,
    }
    problemsByNode.push([
      ...checkNodeName(node.name, at(entry, 'name')),
      ...(address?.problems ?? []),
      ...(mac?.problems ?? []),
      ...checkNodeNetwork(node, networkSettings, entry),
    ])
    return node
  })
  problems.push(...oncePerRange(problemsByNode))
  if (role === 'server' && isTooSmallForServer(board)) {
    problems.push(warning('NODE_BOARD_SMALL', { node: entry.value.name ?? '', board }, entry))
  }
  return { value: nodes, problems }
}

/** Long enough for a router that is powered on together with the boards. */
const DEFAULT_CLOCK_WAIT_SECONDS = 180

function completeNetwork(settings: NetworkSettings, address: string | null, mac: string | null): NodeNetwork {
  const {
    gateway = null,
    dns = [],
    searchDomains = [],
    ntp = [],
    clockWaitSeconds = DEFAULT_CLOCK_WAIT_SECONDS,
    wifi = null,
  } = settings
  const interfaceName = settings.interfaceName ?? (wifi === null ? 'eth0' : 'wlan0')
  return { interfaceName, address, gateway, dns, searchDomains, ntp, clockWaitSeconds, mac, wifi }
}
