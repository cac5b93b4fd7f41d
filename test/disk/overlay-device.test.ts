import fc from 'fast-check'
import { expect, test } from 'vitest'
import { equalBytes } from '../../src/bytes/equal-bytes.ts'
import { CachedDevice } from '../../src/disk/cached-device.ts'
import { MemoryDevice } from '../../src/disk/memory-device.ts'
import { OverlayDevice, PAGE_BYTES } from '../../src/disk/overlay-device.ts'
import { expectCode } from '../support/expect-code.ts'

const BASE_BYTES = 40 * PAGE_BYTES + 100

function filledBase(): Uint8Array {
  return Uint8Array.from({ length: BASE_BYTES }, (_, index) => index % 251)
}

/** A read where `fill` is null, else a write of that byte; within the device. */
const access = fc
  .record({
    byteOffset: fc.nat(BASE_BYTES - 1),
    byteLength: fc.nat(3 * PAGE_BYTES),
    fill: fc.option(fc.integer({ min: 0, max: 255 })),
  })
  .map((one) => ({ ...one, byteLength: Math.min(one.byteLength, BASE_BYTES - one.byteOffset) }))

test('reads and writes agree with an array, and the base never changes', () => {
  const check = fc.property(fc.array(access, { minLength: 1, maxLength: 200, size: 'max' }), (accesses) => {
    const base = filledBase()
    // A cache of two chunks is smaller than the device, so that chunks are dropped and read again.
    const overlay = new OverlayDevice(new CachedDevice(new MemoryDevice(base), 2))
    const model = Uint8Array.from(base)
    for (const { byteOffset, byteLength, fill } of accesses) {
      const bytes = new Uint8Array(byteLength)
      if (fill === null) {
        overlay.read(byteOffset, bytes)
        expect(equalBytes(bytes, model.subarray(byteOffset, byteOffset + byteLength))).toBe(true)
      } else {
        overlay.write(byteOffset, bytes.fill(fill))
        model.set(bytes, byteOffset)
      }
    }
    expect(equalBytes(base, filledBase())).toBe(true)
    const rebuilt = filledBase()
    for (const page of overlay.changedPages()) rebuilt.set(page.bytes, page.byteOffset)
    expect(equalBytes(rebuilt, model)).toBe(true)
  })
  fc.assert(check, { numRuns: 20 })
})

test('leaves out pages that were written with their old content', () => {
  const overlay = new OverlayDevice(new MemoryDevice(filledBase()))
  overlay.write(PAGE_BYTES, filledBase().subarray(PAGE_BYTES, PAGE_BYTES + 10))
  overlay.write(3 * PAGE_BYTES, Uint8Array.from([255]))
  expect(overlay.changedPages().map((page) => page.byteOffset)).toEqual([3 * PAGE_BYTES])
})

test('lists changed pages by ascending offset, and a page that was never read', () => {
  const base = new MemoryDevice(filledBase())
  const overlay = new OverlayDevice(base)
  for (const page of [12, 3, 20, 1]) overlay.write(page * PAGE_BYTES, Uint8Array.of(255))
  expect(overlay.changedPages().map((page) => page.byteOffset / PAGE_BYTES)).toEqual([1, 3, 12, 20])
  base.write(100, Uint8Array.of(254))
  expect(base.bytes[100]).toBe(254)
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
