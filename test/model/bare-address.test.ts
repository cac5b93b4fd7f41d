import { expect, test } from 'vitest'
import { bareAddress } from '../../src/model/bare-address.ts'

test('leaves the prefix length out, and says null with DHCP', () => {
  expect(bareAddress({ network: { address: '192.168.1.10/24' } })).toBe('192.168.1.10')
  expect(bareAddress({ network: { address: null } })).toBeNull()
})
