import { expect, test } from 'vitest'
import { equalBytes } from '../../src/bytes/equal-bytes.ts'
import { CachedDevice } from '../../src/disk/cached-device.ts'
import { MemoryDevice } from '../../src/disk/memory-device.ts'
import { OverlayDevice, PAGE_BYTES } from '../../src/disk/overlay-device.ts'
import { expectCode } from '../support/expect-code.ts'
import { randomNumbers } from '../support/random-numbers.ts'

const BASE_BYTES = 40 * PAGE_BYTES + 100

function filledBase(): Uint8Array {
  return Uint8Array.from({ length: BASE_BYTES }, (_, index) => index % 251)
}

test('random reads and writes agree with an array, and the base never changes', () => {
  const random = randomNumbers(20260101)
  const base = filledBase()
  // A cache of two chunks is smaller than the device, so that chunks are dropped and read again.
  const overlay = new OverlayDevice(new CachedDevice(new MemoryDevice(base), 2))
  const model = Uint8Array.from(base)
  for (let round = 0; round < 2000; round += 1) {
    const byteOffset = random(BASE_BYTES)
    const byteLength = random(Math.min(3 * PAGE_BYTES, BASE_BYTES - byteOffset) + 1)
    if (random(2) === 0) {
      const bytes = new Uint8Array(byteLength).fill(random(256))
      overlay.write(byteOffset, bytes)
      model.set(bytes, byteOffset)
    } else {
      const into = new Uint8Array(byteLength)
      overlay.read(byteOffset, into)
      expect(equalBytes(into, model.subarray(byteOffset, byteOffset + byteLength)), `round ${round}`).toBe(true)
    }
  }
  expect(equalBytes(base, filledBase())).toBe(true)

  const rebuilt = filledBase()
  for (const page of overlay.changedPages()) rebuilt.set(page.bytes, page.byteOffset)
  expect(equalBytes(rebuilt, model)).toBe(true)
})

test('leaves out pages that were written with what they held', () => {
  const overlay = new OverlayDevice(new MemoryDevice(filledBase()))
  overlay.write(PAGE_BYTES, filledBase().subarray(PAGE_BYTES, PAGE_BYTES + 10))
  overlay.write(3 * PAGE_BYTES, Uint8Array.from([255]))
  expect(overlay.changedPages().map((page) => page.byteOffset)).toEqual([3 * PAGE_BYTES])
})

test('refuses access outside the device, instead of clamping it', () => {
  const overlay = new OverlayDevice(new MemoryDevice(filledBase()))
  for (const byteOffset of [-1, BASE_BYTES - 1, 0.5, Number.MAX_SAFE_INTEGER]) {
    expectCode('DISK_OUT_OF_RANGE', () => {
      overlay.write(byteOffset, new Uint8Array(2))
    })
    expectCode('DISK_OUT_OF_RANGE', () => {
      overlay.read(byteOffset, new Uint8Array(2))
    })
  }
})
