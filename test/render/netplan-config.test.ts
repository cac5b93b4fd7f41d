import { expect, test } from 'vitest'
import type { NodeNetwork } from '../../src/model/cluster.ts'
import { Secret } from '../../src/model/secret.ts'
import { netplanConfig } from '../../src/render/netplan-config.ts'

const dhcp: NodeNetwork = {
  interfaceName: 'eth0',
  address: null,
  gateway: null,
  dns: [],
  searchDomains: [],
  ntp: [],
  clockWaitSeconds: 180,
  mac: null,
  wifi: null,
}

test('asks for an address by MAC and waits for the network', () => {
  expect(netplanConfig(dhcp, null)).toEqual({
    version: 2,
    ethernets: { eth0: { dhcp4: true, 'dhcp-identifier': 'mac', optional: false } },
  })
})

test('adds name servers to those of DHCP', () => {
  expect(netplanConfig({ ...dhcp, dns: ['9.9.9.9'] }, null)).toMatchObject({
    ethernets: { eth0: { nameservers: { addresses: ['9.9.9.9'] } } },
  })
})

test('sets a fixed address with its route', () => {
  const network = { ...dhcp, address: '10.0.0.2/24', gateway: '10.0.0.1', dns: ['10.0.0.1'], searchDomains: ['lan'] }
  expect(netplanConfig(network, null)).toEqual({
    version: 2,
    ethernets: {
      eth0: {
        dhcp4: false,
        addresses: ['10.0.0.2/24'],
        routes: [{ to: 'default', via: '10.0.0.1' }],
        nameservers: { addresses: ['10.0.0.1'], search: ['lan'] },
        optional: false,
      },
    },
  })
})

test('finds a wired interface by MAC, and gives it its name', () => {
  expect(netplanConfig({ ...dhcp, mac: '02:00:00:00:00:01' }, null)).toMatchObject({
    ethernets: { eth0: { match: { macaddress: '02:00:00:00:00:01' }, 'set-name': 'eth0' } },
  })
})

test('joins Wi-Fi by key; an open network has none, whatever its name', () => {
  const wifi = { ssid: '__proto__', password: new Secret('x'), country: 'DE', hidden: false }
  expect(
    JSON.stringify(netplanConfig({ ...dhcp, interfaceName: 'wlan0', wifi, mac: '02:00:00:00:00:01' }, 'k'.repeat(64))),
  ).toBe(
    JSON.stringify({
      version: 2,
      wifis: {
        wlan0: {
          dhcp4: true,
          'dhcp-identifier': 'mac',
          optional: false,
          'regulatory-domain': 'DE',
          'access-points': { ['__proto__']: { password: 'k'.repeat(64) } },
        },
      },
    }),
  )
  expect(JSON.stringify(netplanConfig({ ...dhcp, wifi: { ...wifi, password: null, hidden: true } }, null))).toContain(
    '{"__proto__":{"hidden":true}}',
  )
})
