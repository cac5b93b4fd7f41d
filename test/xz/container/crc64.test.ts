import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Crc64 } from '../../../src/xz/container/crc64.ts'
import { noise } from '../../support/sample-image.ts'

function crc64(...pieces: readonly Uint8Array[]): bigint {
  const running = new Crc64()
  for (const piece of pieces) running.update(piece)
  return Buffer.from(running.digest()).readBigUInt64LE()
}

/** Bit by bit, as the definition has it: the model. */
function crc64BitByBit(bytes: Uint8Array): bigint {
  let crc = 0xffffffffffffffffn
  for (const byte of bytes) {
    crc ^= BigInt(byte)
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1n) === 0n ? crc >> 1n : (crc >> 1n) ^ 0xc96c5795d7870f42n
  }
  return crc ^ 0xffffffffffffffffn
}

test('gives the check value of the CRC catalogue, and zero for no data', () => {
  expect(crc64(Buffer.from('123456789'))).toBe(0x995dc9bbdf1939fan)
  expect(crc64()).toBe(0n)
})

test('equals the bitwise definition for every length and alignment', () => {
  const bytes = noise(80, 1)
  for (let from = 0; from < 9; from++) {
    for (let to = from; to < bytes.byteLength; to++) {
      const part = bytes.subarray(from, to)
      expect([from, to, crc64(part)]).toEqual([from, to, crc64BitByBit(part)])
    }
  }
})

test('does not depend on the pieces in which the data come', () => {
  const bytes = noise(5000, 2)
  const whole = crc64(bytes)
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.byteLength), { maxLength: 8 }), (places) => {
      const cuts = [0, ...places.sort((a, b) => a - b), bytes.byteLength]
      expect(crc64(...cuts.slice(1).map((to, index) => bytes.subarray(cuts[index], to)))).toBe(whole)
    }),
  )
})
