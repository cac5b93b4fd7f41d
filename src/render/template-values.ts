import { BuildError } from '../errors.ts'
import type { ClusterSecrets } from '../model/cluster.ts'
import type { K3sPlan, NodePlan } from '../model/node-plan.ts'
import { reveal } from '../model/secret.ts'
import type { PskDeriver } from './derive-psk.ts'
import { ADMIN_GROUPS, firstBootCommands } from './first-boot-commands.ts'
import { netplanConfig } from './netplan-config.ts'

/** What every template may place. docs/seeds.md describes each value. */
export interface TemplateValues {
  readonly clusterName: string
  readonly node: { readonly name: string; readonly profile: string; readonly board: string }
  readonly instanceId: string
  readonly admin: { readonly user: string; readonly groups: readonly string[]; readonly sshKeys: readonly string[] }
  readonly timezone: string
  readonly packages: readonly string[]
  readonly setupCommands: readonly (readonly string[])[]
  readonly network: NetworkValues
  readonly multicastDns: boolean
  readonly k3s: K3sValues | null
}

/** What templates of the root file system may place beside: the settings of k3s, with the secrets among them. */
export interface RootTemplateValues extends TemplateValues {
  readonly k3s: (K3sValues & K3sSecretValues) | null
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
}

interface K3sSecretValues {
  readonly config: Readonly<Record<string, unknown>>
  readonly environment: readonly { readonly name: string; readonly value: string }[]
}

/** Gathers what templates of the boot volume may place, which holds no secret of the cluster. */
export function templateValues(
  plan: NodePlan,
  context: { readonly secrets: ClusterSecrets; readonly derivePsk: PskDeriver; readonly instanceId: string },
): TemplateValues {
  return {
    clusterName: plan.clusterName,
    node: { name: plan.name, profile: plan.profile, board: plan.board },
    instanceId: context.instanceId,
    admin: { user: plan.admin.user, groups: ADMIN_GROUPS, sshKeys: sshKeys(plan, context.secrets) },
    timezone: plan.timezone,
    packages: plan.packages,
    setupCommands: firstBootCommands(plan),
    network: networkValues(plan, context.derivePsk),
    multicastDns: plan.multicastDns,
    k3s: plan.k3s === null ? null : k3sValues(plan.k3s),
  }
}

/** Adds what only the root file system may hold. */
export function rootTemplateValues(values: TemplateValues, plan: NodePlan, secrets: ClusterSecrets): RootTemplateValues {
  if (plan.k3s === null || values.k3s === null) return { ...values, k3s: null }
  const endpoint = plan.k3s.datastoreEndpoint
  const environment = endpoint === null ? [] : [{ name: 'K3S_DATASTORE_ENDPOINT', value: reveal(endpoint) }]
  return { ...values, k3s: { ...values.k3s, config: k3sConfig(plan.k3s, secrets), environment } }
}

function k3sConfig(k3s: K3sPlan, secrets: ClusterSecrets): Readonly<Record<string, unknown>> {
  const agentToken = reveal(secrets.agentToken)
  const tokens = k3s.role === 'server'
    ? { token: reveal(secrets.serverToken), 'agent-token': agentToken }
    : { token: agentToken }
  return { ...(k3s.join !== null && { server: k3s.join.url }), ...tokens, ...k3s.config }
}

function k3sValues(k3s: K3sPlan): K3sValues {
  const serverName = k3s.join?.resolveName ?? ''
  return {
    role: k3s.role,
    unit: k3s.unit,
    version: k3s.version,
    install: k3s.install,
    // The "+" of a version means a space to some servers.
    releaseUrl: `${k3s.releaseUrl}/${encodeURIComponent(k3s.version)}`,
    sha256Pins: Object.entries(k3s.sha256).map(([asset, sha256]) => `${asset}=${sha256}`).sort().join(' '),
    serverUrl: k3s.join?.url ?? '',
    serverName,
    resolveName: serverName !== '',
  }
}

function networkValues({ network }: NodePlan, derivePsk: PskDeriver): NetworkValues {
  const { wifi } = network
  const psk = wifi?.password == null ? null : derivePsk(wifi.ssid, reveal(wifi.password))
  return {
    ...network,
    dns4: network.dns.filter((address) => !address.includes(':')),
    dns6: network.dns.filter((address) => address.includes(':')),
    wifi: wifi === null
      ? null
      : { ssid: wifi.ssid, ssidBytes: [...new TextEncoder().encode(wifi.ssid)], country: wifi.country, hidden: wifi.hidden, psk },
    netplan: netplanConfig(network, psk),
  }
}

function sshKeys(plan: NodePlan, secrets: ClusterSecrets): readonly string[] {
  if (plan.admin.sshKeys.length > 0) return plan.admin.sshKeys
  if (secrets.adminKeyPair !== null) return [secrets.adminKeyPair.publicKey.trim()]
  throw new BuildError('BUG', { state: `no SSH key for ${plan.name}` })
}
