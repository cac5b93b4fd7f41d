// @module-tag slow
import { expect, test } from 'vitest'
import type { WritableDevice } from '../../../src/disk/block-device.ts'
import { MemoryDevice } from '../../../src/disk/memory-device.ts'
import { writeBlock } from '../../../src/xz/threads/write-block.ts'
import { randomNumbers } from '../../support/random-numbers.ts'
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

test('writes nothing for nothing but zeros', async () => {
  const device = recordingDevice(3 * MIB)
  await writeBlock(
    pieces(Buffer.alloc(3 * MIB - 5), () => 50_000),
    device,
    5,
  )
  expect(device.writes).toEqual([])
})

test('writes what it gets, at any offset and in any pieces', async () => {
  const random = randomNumbers(11)
  for (let round = 0; round < 30; round++) {
    const parts = Array.from({ length: 12 }, (_, index) =>
      random(2) === 0 ? Buffer.alloc(random(400 * KIB)) : noise(random(200 * KIB), index),
    )
    const data = Buffer.concat(parts)
    const byteOffset = random(200 * KIB)
    const device = recordingDevice(byteOffset + data.byteLength)
    await writeBlock(
      pieces(data, () => 1 + random(100 * KIB)),
      device,
      byteOffset,
    )
    expect([round, Buffer.from(device.bytes.subarray(byteOffset)).equals(data)]).toEqual([round, true])
    expect(device.writes.every(([from, length]) => from >= byteOffset && length > 0)).toBe(true)
  }
})
