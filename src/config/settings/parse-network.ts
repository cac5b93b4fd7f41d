import type { Problem } from '../../errors/problem.ts'
import type { Wifi } from '../../model/cluster.ts'
import { type Checked, problem } from '../../yaml-source/describe-problem.ts'
import { at, type Located, located } from '../../yaml-source/place.ts'
import { parseIpv4 } from '../network/ipv4.ts'
import { isAddress, isDnsName, isHost } from '../network/is-host.ts'
import type { UserValues } from '../references/user-values.ts'
import type { RawNetwork, RawWifi } from '../schema/raw-cluster.ts'
import type { NetworkSettings } from './settings.ts'

const listChecks = { dns: isAddress, search: isDnsName, ntp: isHost } as const

/** Reads the network settings of a layer. */
export async function parseNetwork(
  network: Located<RawNetwork>,
  values: UserValues,
): Promise<Checked<NetworkSettings>> {
  const raw = network.value
  const wifi = raw.wifi
    ? await parseWifi(located(raw.wifi, network, 'wifi'), values)
    : { value: raw.wifi, problems: [] }
  const value: NetworkSettings = {
    ...(raw.interface === undefined ? {} : { interfaceName: raw.interface }),
    ...(raw.gateway === undefined ? {} : { gateway: raw.gateway }),
    ...(raw.dns === undefined ? {} : { dns: raw.dns }),
    ...(raw.search === undefined ? {} : { searchDomains: raw.search }),
    ...(raw.ntp === undefined ? {} : { ntp: raw.ntp }),
    ...(raw.clockWaitSeconds === undefined ? {} : { clockWaitSeconds: raw.clockWaitSeconds }),
    ...(wifi.value === undefined ? {} : { wifi: wifi.value }),
  }
  const gatewayProblems = checkGateway(network)
  const listProblems = (['dns', 'search', 'ntp'] as const).flatMap((key) =>
    (raw[key] ?? []).flatMap((text, index) =>
      listChecks[key](text) ? [] : [problem('NETWORK_SERVER_INVALID', { key, value: text }, at(network, key, index))],
    ),
  )
  return { value, problems: [...gatewayProblems, ...listProblems, ...wifi.problems] }
}

function checkGateway(network: Located<RawNetwork>): readonly Problem[] {
  const { gateway } = network.value
  if (gateway === undefined || gateway === null || parseIpv4(gateway) !== null) return []
  return [problem('NETWORK_GATEWAY_INVALID', { value: gateway }, at(network, 'gateway'))]
}

/** Checks the name of a Wi-Fi network. IEEE 802.11 allows 1 to 32 bytes. A line break or NUL would break the files of the network manager. */
async function parseWifi(wifi: Located<RawWifi>, values: UserValues): Promise<Checked<Wifi | null>> {
  const { ssid, password: text, country, hidden = false } = wifi.value
  if (ssid === undefined || country === undefined) return { value: null, problems: [] }
  const byteLength = new TextEncoder().encode(ssid).length
  const isValid = byteLength >= 1 && byteLength <= 32 && !/[\x00-\x1f\x7f]/.test(ssid)
  const password = text === undefined ? null : await values.read('wifiPassword', text, at(wifi, 'password'))
  return {
    value: { ssid, password: password?.value ?? null, country, hidden },
    problems: [
      ...(isValid ? [] : [problem('NETWORK_WIFI_SSID_INVALID', undefined, at(wifi, 'ssid'))]),
      ...(password?.problems ?? []),
    ],
  }
}
