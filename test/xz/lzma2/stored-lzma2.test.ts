import { expect, test } from 'vitest'
import { storeLzma2 } from '../../../src/xz/lzma2/stored-lzma2.ts'
import { noise } from '../../support/sample-image.ts'

const CHUNK = 65_536

test('stores no data as the end marker alone', () => {
  expect([...storeLzma2(new Uint8Array(0))]).toEqual([0x00])
})

test('resets the dictionary with the first chunk only', () => {
  const packed = storeLzma2(noise(CHUNK + 2, 1))
  expect([...packed.subarray(0, 3)]).toEqual([0x01, 0xff, 0xff])
  expect([...packed.subarray(3 + CHUNK, 6 + CHUNK)]).toEqual([0x02, 0x00, 0x01])
})

test.each([1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])(
  'adds three bytes a chunk and one to %d bytes, which stay as they are',
  (byteLength) => {
    const data = noise(byteLength, 2)
    const packed = storeLzma2(data)
    const chunks: Uint8Array[] = []
    let offset = 0
    for (; packed[offset] !== 0; offset += 3 + (chunks.at(-1)?.byteLength ?? 0)) {
      const size = (packed[offset + 1] ?? 0) * 256 + (packed[offset + 2] ?? 0) + 1
      chunks.push(packed.subarray(offset + 3, offset + 3 + size))
    }
    expect(offset).toBe(packed.byteLength - 1)
    expect(Buffer.concat(chunks).equals(data)).toBe(true)
  },
)
