import { describe, expect, test } from 'vitest'
import {
  containsAddress,
  firstAddress,
  formatNetwork,
  isHostAddress,
  lastAddress,
  overlap,
  parseIpv4,
  parseIpv4Network,
} from '../../../src/config/network/ipv4.ts'

function network(text: string): NonNullable<ReturnType<typeof parseIpv4Network>> {
  const parsed = parseIpv4Network(text)
  if (parsed === null) throw new Error(`no network: ${text}`)
  return parsed
}

describe('IPv4', () => {
  test('reads addresses above 2³¹ exactly', () => {
    expect(parseIpv4('255.255.255.255')).toBe(4294967295)
    expect(parseIpv4('192.168.1.10')).toBe(3232235786)
  })

  test.each(['1.2.3', '1.2.3.4.5', '01.2.3.4', '256.1.1.1', '1.2.3.-4', ' 1.2.3.4', '1.2.3.4 ', '0x1.2.3.4', ''])(
    'refuses %j',
    (text) => {
      expect(parseIpv4(text)).toBeNull()
    },
  )

  test('knows the ends of a subnet', () => {
    const subnet = network('192.168.1.200/25')
    expect(firstAddress(subnet)).toBe(parseIpv4('192.168.1.128'))
    expect(lastAddress(subnet)).toBe(parseIpv4('192.168.1.255'))
    expect(formatNetwork(subnet)).toBe('192.168.1.128/25')
    expect(formatNetwork(network('10.1.2.3/0'))).toBe('0.0.0.0/0')
  })

  test.each([
    ['192.168.1.10/24', '192.168.1.254', true],
    ['192.168.1.10/24', '192.168.2.1', false],
    ['10.0.0.1/8', '10.255.0.1', true],
    ['192.168.1.10/32', '192.168.1.11', false],
  ])('%s contains %s: %s', (subnet, address, expected) => {
    expect(containsAddress(network(subnet), parseIpv4(address) ?? -1)).toBe(expected)
  })

  test.each([
    ['10.42.0.0/16', '10.43.0.0/16', false],
    ['10.42.0.0/15', '10.43.0.0/16', true],
    ['10.43.5.0/24', '10.43.0.0/16', true],
  ])('%s and %s overlap: %s', (one, other, expected) => {
    expect(overlap(network(one), network(other))).toBe(expected)
    expect(overlap(network(other), network(one))).toBe(expected)
  })

  test('the ends of a subnet are no hosts, except in a /31', () => {
    expect(isHostAddress(network('192.168.1.0/24'))).toBe(false)
    expect(isHostAddress(network('192.168.1.255/24'))).toBe(false)
    expect(isHostAddress(network('192.168.0.255/23'))).toBe(true)
    expect(isHostAddress(network('192.168.1.0/31'))).toBe(true)
  })
})
