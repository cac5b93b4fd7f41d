import { parse } from 'yaml'

/** The facts of a node in its seed, without secrets. */
export interface SeedDescription {
  readonly instanceId: string | null
  readonly hostName: string | null
  /** Names of the users that the seed creates. */
  readonly users: readonly string[]
  readonly timezone: string | null
  readonly interfaces: readonly InterfaceDescription[]
}

/** How one interface reaches its network. */
export interface InterfaceDescription {
  readonly name: string
  /** With prefix length; null with DHCP. */
  readonly address: string | null
  /** Name of the Wi-Fi network; null on a cable. */
  readonly ssid: string | null
}

/** The join settings in /etc/rancher/k3s/config.yaml, without secret values. */
export interface JoinDescription {
  readonly role: 'server' | 'agent'
  readonly server: string | null
  readonly hasToken: boolean
  /** Keys of the file, sorted. */
  readonly keys: readonly string[]
}

/**
 * Describes seed files. A file that cannot be parsed counts as absent, because the files of a base image hold only comments.
 * `rootNetwork` is the network configuration on the root partition, where a Wi-Fi network has a key.
 */
export function describeSeed(files: Readonly<Record<string, string>>, rootNetwork: string | null): SeedDescription {
  const metaData = parseMapping(files['meta-data'] ?? '')
  const userData = parseMapping(files['user-data'] ?? '')
  const users = Array.isArray(userData.users) ? userData.users : []
  return {
    instanceId: textOrNull(metaData['instance-id']),
    hostName: textOrNull(userData.hostname) ?? textOrNull(metaData['local-hostname']),
    users: users
      .map((user: unknown) => (isMapping(user) ? textOrNull(user.name) : textOrNull(user)))
      .filter((name) => name !== null),
    timezone: textOrNull(userData.timezone),
    interfaces: [files['network-config'] ?? '', rootNetwork ?? ''].flatMap((text) => describeInterfaces(text)),
  }
}

/** Reads netplan's settings: https://netplan.readthedocs.io/en/stable/netplan-yaml/. Keys of Wi-Fi networks stay unread. */
function describeInterfaces(text: string): readonly InterfaceDescription[] {
  const settings = parseMapping(text)
  const network = isMapping(settings.network) ? settings.network : settings
  const of = (kind: string): readonly (readonly [string, unknown])[] => Object.entries(mappingOf(network[kind]))
  return [...of('ethernets'), ...of('wifis')].map(([name, value]) => {
    const { addresses, ['access-points']: accessPoints } = mappingOf(value)
    return {
      name,
      address: Array.isArray(addresses) ? textOrNull(addresses[0]) : null,
      ssid: Object.keys(mappingOf(accessPoints))[0] ?? null,
    }
  })
}

/** Describes how a node joins, from its k3s configuration and the names of its k3s units. */
export function describeJoin(config: string, units: readonly string[]): JoinDescription {
  const values = parseMapping(config)
  return {
    role: units.includes('k3s-agent.service') ? 'agent' : 'server',
    server: textOrNull(values.server),
    hasToken: 'token' in values,
    keys: Object.keys(values).sort(),
  }
}

function parseMapping(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = parse(text, { version: '1.1' })
    return isMapping(value) ? value : {}
  } catch {
    return {}
  }
}

function mappingOf(value: unknown): Readonly<Record<string, unknown>> {
  return isMapping(value) ? value : {}
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
