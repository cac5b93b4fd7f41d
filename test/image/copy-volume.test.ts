import { expect, test } from 'vitest'
import { MemoryDevice } from '../../src/disk/memory-device.ts'
import { copyChanges } from '../../src/image/copy-volume.ts'
import { MIB } from '../../src/units.ts'

test('writes only what differs, at its place in the image', async () => {
  const image = Buffer.alloc(6 * MIB, 'i')
  const volume = Uint8Array.from(image.subarray(512, 512 + 3 * MIB + 700))
  volume[MIB + 9] = 1
  volume[3 * MIB + 699] = 2
  const written: (readonly [number, number])[] = []
  const device = new MemoryDevice(image)
  await copyChanges(
    new MemoryDevice(volume),
    {
      byteLength: device.byteLength,
      read: (byteOffset, into) => {
        device.read(byteOffset, into)
      },
      write: (byteOffset, bytes) => {
        written.push([byteOffset, bytes.byteLength])
        device.write(byteOffset, bytes)
      },
    },
    512,
    new AbortController().signal,
  )
  expect(written).toEqual([
    [512 + MIB, MIB],
    [512 + 3 * MIB, 700],
  ])
  expect(image.subarray(512, 512 + volume.byteLength).equals(volume)).toBe(true)
})
