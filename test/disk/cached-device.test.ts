import { expect, test } from 'vitest'
import type { ReadableDevice } from '../../src/disk/block-device.ts'
import { CachedDevice } from '../../src/disk/cached-device.ts'
import { MemoryDevice } from '../../src/disk/memory-device.ts'
import { expectCode } from '../support/expect-code.ts'

const CHUNK = 64 * 1024

/** A device of three chunks and a bit, which notes each read of it. */
function notingDevice(): { device: ReadableDevice; reads: [number, number][]; bytes: Uint8Array } {
  const bytes = Uint8Array.from({ length: 3 * CHUNK + 100 }, (_, index) => (index * 7) % 253)
  const memory = new MemoryDevice(bytes)
  const reads: [number, number][] = []
  const read = (byteOffset: number, into: Uint8Array): void => {
    reads.push([byteOffset, into.byteLength])
    memory.read(byteOffset, into)
  }
  return { device: { byteLength: bytes.byteLength, read }, reads, bytes }
}

function readFrom(device: ReadableDevice, byteOffset: number, byteLength: number): Uint8Array {
  const into = new Uint8Array(byteLength)
  device.read(byteOffset, into)
  return into
}

test('reads each chunk once, and the last one as far as the device goes', () => {
  const { device, reads, bytes } = notingDevice()
  const cached = new CachedDevice(device)
  for (const byteOffset of [10, 20, CHUNK - 5, CHUNK, 3 * CHUNK + 50])
    expect(readFrom(cached, byteOffset, 10)).toEqual(bytes.subarray(byteOffset, byteOffset + 10))
  expect(reads).toEqual([
    [0, CHUNK],
    [CHUNK, CHUNK],
    [3 * CHUNK, 100],
  ])
})

test('drops the chunk that was not used for longest', () => {
  const { device, reads } = notingDevice()
  const cached = new CachedDevice(device, 2)
  // The first one is used again, so the second one goes for the third.
  for (const chunk of [0, 1, 0, 2, 0, 1]) readFrom(cached, chunk * CHUNK, 1)
  expect(reads.map(([byteOffset]) => byteOffset / CHUNK)).toEqual([0, 1, 2, 1])
})

test('reads more than a chunk past the cache, and a whole chunk through it', () => {
  const { device, reads, bytes } = notingDevice()
  const cached = new CachedDevice(device)
  for (let time = 0; time < 2; time += 1)
    expect(readFrom(cached, 100, CHUNK + 1)).toEqual(bytes.subarray(100, 100 + CHUNK + 1))
  for (let time = 0; time < 2; time += 1) readFrom(cached, CHUNK, CHUNK)
  expect(reads).toEqual([
    [100, CHUNK + 1],
    [100, CHUNK + 1],
    [CHUNK, CHUNK],
  ])
})

test('refuses access outside the device', () => {
  expectCode('DISK_OUT_OF_RANGE', () => readFrom(new CachedDevice(notingDevice().device), 3 * CHUNK + 100, 1))
})
