import { expect, test } from 'vitest'
import { createPskDeriver } from '../../src/render/derive-psk.ts'

// IEEE 802.11-2020, annex J.4.2.
test.each([
  ['IEEE', 'password', 'f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e'],
  ['ThisIsASSID', 'ThisIsAPassword', '0dc0d6eb90555ed6419756b9a15ec3e3209b63df707dd508d14581f8982721af'],
])('derives the key of the standard for %s', (ssid, password, psk) => {
  expect(createPskDeriver()(ssid, password)).toBe(psk)
})

test('takes 64 hex digits for the key itself', () => {
  expect(createPskDeriver()('home', 'AB'.repeat(32))).toBe('ab'.repeat(32))
})

test('gives different keys to networks that differ only in name or password', () => {
  const derive = createPskDeriver()
  const keys = [derive('a', 'bcdefghi'), derive('ab', 'cdefghi!'), derive('a', 'bcdefghj'), derive('a', 'bcdefghi')]
  expect(new Set(keys).size).toBe(3)
  expect(keys[3]).toBe(keys[0])
})
