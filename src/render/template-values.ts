import { BuildError } from '../errors.ts'
import type { ClusterMember, ClusterMembers } from '../model/cluster-members.ts'
import type { ClusterSecrets, NodeSecrets } from '../model/cluster-secrets.ts'
import type { K3sPlan, NodePlan } from '../model/node-plan.ts'
import { reveal } from '../model/secret.ts'
import { formatBootstrapToken, formatJoinToken } from '../pki/join-token.ts'
import type { PskDeriver } from './derive-psk.ts'
import { ADMIN_GROUPS, firstBootCommands } from './first-boot-commands.ts'
import { netplanConfig } from './netplan-config.ts'

/** The values that every template may place. docs/seeds.md describes each. */
export interface TemplateValues {
  readonly clusterName: string
  readonly cluster: ClusterMembers
  readonly node: ClusterMember
  readonly instanceId: string
  readonly admin: { readonly user: string; readonly groups: readonly string[]; readonly sshKeys: readonly string[] }
  readonly timezone: string
  readonly packages: readonly string[]
  readonly setupCommands: readonly (readonly string[])[]
  readonly network: NetworkValues
  readonly multicastDns: boolean
  readonly k3s: K3sValues | null
}

/** Further values for templates of files that only root may read: the settings of k3s, with secrets. */
export interface SecretTemplateValues extends TemplateValues {
  readonly network: NetworkValues & { readonly wifi: (WifiValues & WifiSecretValues) | null }
  readonly k3s: (K3sValues & K3sSecretValues) | null
}

/** The values of one node. */
export interface NodeValues {
  /** For files that every user may read. */
  readonly open: TemplateValues
  /** For files that only their owner may read. */
  readonly secret: SecretTemplateValues
}

interface NetworkValues {
  readonly interfaceName: string
  readonly address: string | null
  readonly gateway: string | null
  readonly dns: readonly string[]
  readonly dns4: readonly string[]
  readonly dns6: readonly string[]
  readonly searchDomains: readonly string[]
  readonly ntp: readonly string[]
  readonly clockWaitSeconds: number
  readonly mac: string | null
  readonly wifi: WifiValues | null
  readonly netplan: Readonly<Record<string, unknown>>
}

interface WifiValues {
  readonly ssid: string
  readonly ssidBytes: readonly number[]
  readonly country: string
  readonly hidden: boolean
  /** Whether the network has a key. */
  readonly secured: boolean
}

interface WifiSecretValues {
  readonly psk: string | null
}

interface K3sValues {
  readonly role: string
  readonly unit: string
  readonly version: string
  readonly install: string
  readonly releaseUrl: string
  readonly sha256Pins: string
  readonly serverUrl: string
  readonly serverName: string
  readonly resolveName: boolean
  readonly peerUrls: string
}

interface K3sSecretValues {
  readonly config: Readonly<Record<string, unknown>>
  readonly environment: readonly { readonly name: string; readonly value: string }[]
}

/** Gathers the values that a node's templates may place. */
export function nodeValues(
  plan: NodePlan,
  instanceId: string,
  context: { readonly secrets: ClusterSecrets; readonly derivePsk: PskDeriver },
): NodeValues {
  const open = openValues(plan, instanceId, context.secrets)
  return { open, secret: secretValues(open, plan, context) }
}

function openValues(plan: NodePlan, instanceId: string, secrets: ClusterSecrets): TemplateValues {
  return {
    clusterName: plan.clusterName,
    cluster: plan.cluster,
    node: memberOf(plan),
    instanceId,
    admin: { user: plan.admin.user, groups: ADMIN_GROUPS, sshKeys: sshKeys(plan, secrets) },
    timezone: plan.timezone,
    packages: plan.packages,
    setupCommands: firstBootCommands(plan),
    network: networkValues(plan),
    multicastDns: plan.multicastDns,
    k3s: plan.k3s === null ? null : k3sValues(plan.k3s),
  }
}

function secretValues(
  values: TemplateValues,
  plan: NodePlan,
  { secrets, derivePsk }: { readonly secrets: ClusterSecrets; readonly derivePsk: PskDeriver },
): SecretTemplateValues {
  const network = networkWithKey(values.network, plan, derivePsk)
  if (plan.k3s === null || values.k3s === null) return { ...values, network, k3s: null }
  const endpoint = plan.k3s.datastoreEndpoint
  const environment = endpoint === null ? [] : [{ name: 'K3S_DATASTORE_ENDPOINT', value: reveal(endpoint) }]
  return { ...values, network, k3s: { ...values.k3s, config: k3sConfig(plan, plan.k3s, secrets), environment } }
}

function memberOf({ name, cluster }: NodePlan): ClusterMember {
  const member = cluster.nodes.find((one) => one.name === name)
  if (member === undefined) throw new BuildError('BUG', { state: `${name} is no node of its cluster` })
  return member
}

function k3sConfig(plan: NodePlan, k3s: K3sPlan, secrets: ClusterSecrets): Readonly<Record<string, unknown>> {
  const { rootHash } = secrets
  const agentToken = formatJoinToken(rootHash, 'node', reveal(secrets.agentToken))
  const tokens =
    k3s.role === 'server'
      ? { token: formatJoinToken(rootHash, 'server', reveal(secrets.serverToken)), 'agent-token': agentToken }
      : { token: k3s.joinTokens === 'own' ? ownToken(nodeSecretsOf(plan, secrets), rootHash) : agentToken }
  return { ...(k3s.join !== null && { server: k3s.join.url }), ...tokens, ...k3s.config }
}

/** Formats the separate token of a node. Such a node does not hold the shared token of all agents. */
function ownToken({ joinTokens }: NodeSecrets, rootHash: string): string {
  const joinToken = joinTokens.at(-1)
  if (joinToken === undefined) throw new BuildError('BUG', { state: 'no join token' })
  return formatBootstrapToken(rootHash, joinToken.id, reveal(joinToken.secret))
}

/** Returns the secrets of one node. */
export function nodeSecretsOf({ name }: NodePlan, { nodes }: ClusterSecrets): NodeSecrets {
  const secrets = nodes.get(name)
  if (secrets === undefined) throw new BuildError('BUG', { state: `no secrets of ${name}` })
  return secrets
}

function k3sValues(k3s: K3sPlan): K3sValues {
  const serverName = k3s.join?.resolveName ?? ''
  return {
    role: k3s.role,
    unit: k3s.unit,
    version: k3s.version,
    install: k3s.install,
    // Some servers read the "+" of a version as a space.
    releaseUrl: `${k3s.releaseUrl}/${encodeURIComponent(k3s.version)}`,
    sha256Pins: Object.entries(k3s.sha256)
      .map(([asset, sha256]) => `${asset}=${sha256}`)
      .sort()
      .join(' '),
    serverUrl: k3s.join?.url ?? '',
    serverName,
    resolveName: serverName !== '',
    peerUrls: k3s.peerUrls.join(' '),
  }
}

function networkValues({ network }: NodePlan): NetworkValues {
  const { wifi } = network
  return {
    ...network,
    dns4: network.dns.filter((address) => !address.includes(':')),
    dns6: network.dns.filter((address) => address.includes(':')),
    wifi:
      wifi === null
        ? null
        : {
            ssid: wifi.ssid,
            ssidBytes: [...new TextEncoder().encode(wifi.ssid)],
            country: wifi.country,
            hidden: wifi.hidden,
            secured: wifi.password !== null,
          },
    // Without its key, the network would count as open. The node would then join any open network of this name.
    netplan: wifi?.password == null ? netplanConfig(network, null) : { version: 2 },
  }
}

function networkWithKey(
  values: NetworkValues,
  { network }: NodePlan,
  derivePsk: PskDeriver,
): SecretTemplateValues['network'] {
  if (network.wifi === null || values.wifi === null) return { ...values, wifi: null }
  const { ssid, password } = network.wifi
  const psk = password === null ? null : derivePsk(ssid, reveal(password))
  return { ...values, wifi: { ...values.wifi, psk }, netplan: netplanConfig(network, psk) }
}

function sshKeys(plan: NodePlan, secrets: ClusterSecrets): readonly string[] {
  if (plan.admin.sshKeys.length > 0) return plan.admin.sshKeys
  if (secrets.adminKeyPair !== null) return [secrets.adminKeyPair.publicKey.trim()]
  throw new BuildError('BUG', { state: `no SSH key for ${plan.name}` })
}
