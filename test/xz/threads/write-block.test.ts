import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { WritableDevice } from '../../../src/disk/block-device.ts'
import { MemoryDevice } from '../../../src/disk/memory-device.ts'
import { writeBlock } from '../../../src/xz/threads/write-block.ts'
import { noise } from '../../support/sample-image.ts'

const KIB = 1024
const MIB = 1024 * KIB

interface Recorded extends WritableDevice {
  readonly bytes: Uint8Array
  readonly writes: (readonly [byteOffset: number, byteLength: number])[]
}

function recordingDevice(byteLength: number): Recorded {
  const device = new MemoryDevice(new Uint8Array(byteLength))
  const writes: (readonly [number, number])[] = []
  return {
    bytes: device.bytes,
    byteLength,
    writes,
    read: (byteOffset, into) => {
      device.read(byteOffset, into)
    },
    write: (byteOffset, bytes) => {
      writes.push([byteOffset, bytes.byteLength])
      device.write(byteOffset, bytes)
    },
  }
}

async function* pieces(data: Uint8Array, sizeOf: () => number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < data.byteLength;) {
    await Promise.resolve()
    const size = sizeOf()
    yield data.subarray(from, from + size)
    from += size
  }
}

test('leaves out aligned runs of zeros and writes the rest in few calls', async () => {
  const data = Buffer.concat([
    noise(100 * KIB, 1),
    Buffer.alloc(300 * KIB),
    noise(10 * KIB, 2),
    Buffer.alloc(5 * MIB),
    noise(1, 3),
  ])
  const device = recordingDevice(data.byteLength + 64 * KIB)
  await writeBlock(
    pieces(data, () => 64 * KIB),
    device,
    64 * KIB,
  )
  expect(Buffer.from(device.bytes.subarray(64 * KIB)).equals(data)).toBe(true)
  expect(device.writes).toEqual([
    [64 * KIB, 128 * KIB],
    [448 * KIB, 64 * KIB],
    [data.byteLength - 1 + 64 * KIB - ((data.byteLength - 1) % (64 * KIB)), 1 + ((data.byteLength - 1) % (64 * KIB))],
  ])
})

test('writes nothing if all data are zeros', async () => {
  const device = recordingDevice(3 * MIB)
  await writeBlock(
    pieces(Buffer.alloc(3 * MIB - 5), () => 50_000),
    device,
    5,
  )
  expect(device.writes).toEqual([])
})

test('writes all data, at any offset and in any pieces', async () => {
  // A part of zeros where `seed` is null. Lengths and seeds, so that a failure shows no hundred thousand bytes.
  const part = fc.record({ byteLength: fc.nat(300 * KIB), seed: fc.option(fc.nat(1000)) })
  const lengths = fc.array(fc.integer({ min: 1, max: 100 * KIB }), { minLength: 1, maxLength: 20 })
  const check = fc.asyncProperty(
    fc.array(part, { maxLength: 12 }),
    fc.nat(200 * KIB),
    lengths,
    async (parts, byteOffset, pieceLengths) => {
      const data = Buffer.concat(
        parts.map(({ byteLength, seed }) => (seed === null ? Buffer.alloc(byteLength) : noise(byteLength, seed))),
      )
      const device = recordingDevice(byteOffset + data.byteLength)
      let next = 0
      await writeBlock(
        pieces(data, () => pieceLengths[next++ % pieceLengths.length] ?? 1),
        device,
        byteOffset,
      )
      expect(Buffer.from(device.bytes.subarray(byteOffset)).equals(data)).toBe(true)
      expect(device.writes.every(([from, length]) => from >= byteOffset && length > 0)).toBe(true)
    },
  )
  await fc.assert(check, { numRuns: 30 })
})
