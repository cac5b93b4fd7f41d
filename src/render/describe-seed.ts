import { parse } from 'yaml'

/** The facts of a node in its seed, without secrets. */
export interface SeedDescription {
  readonly instanceId: string | null
  readonly hostName: string | null
  /** Names of the users that the seed creates. */
  readonly users: readonly string[]
}

/** The join settings in /etc/rancher/k3s/config.yaml, without secret values. */
export interface JoinDescription {
  readonly role: 'server' | 'agent'
  readonly server: string | null
  readonly hasToken: boolean
  /** Keys of the file, sorted. */
  readonly keys: readonly string[]
}

/** Describes seed files. A file that cannot be parsed counts as absent, because the files of a base image hold only comments. */
export function describeSeed(files: Readonly<Record<string, string>>): SeedDescription {
  const metaData = parseMapping(files['meta-data'] ?? '')
  const userData = parseMapping(files['user-data'] ?? '')
  const users = Array.isArray(userData.users) ? userData.users : []
  return {
    instanceId: textOrNull(metaData['instance-id']),
    hostName: textOrNull(userData.hostname) ?? textOrNull(metaData['local-hostname']),
    users: users
      .map((user: unknown) => (isMapping(user) ? textOrNull(user.name) : textOrNull(user)))
      .filter((name) => name !== null),
  }
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

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
