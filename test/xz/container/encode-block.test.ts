import { expect, test } from 'vitest'
import { decodeBlockHeader } from '../../../src/xz/container/block-header.ts'
import { encodeBlockIndex } from '../../../src/xz/container/block-index.ts'
import { encodeBlock } from '../../../src/xz/container/encode-block.ts'
import { encodeStreamFooter } from '../../../src/xz/container/stream-footer.ts'
import { encodeStreamHeader } from '../../../src/xz/container/stream-header.ts'
import { storeLzma2 } from '../../../src/xz/lzma2/stored-lzma2.ts'
import { randomNumbers } from '../../support/random-numbers.ts'
import { noise, sampleImage } from '../../support/sample-image.ts'
import { temporaryFolder } from '../../support/small-image.ts'
import { expectReadable, testWithXzReaders } from './xz-readers.ts'

const checks = ['none', 'CRC32', 'CRC64', 'SHA-256'] as const

/** A stream of one block for each of these data. */
function pack(check: (typeof checks)[number], parts: readonly Uint8Array[]): Uint8Array {
  const blocks = parts.map((data) => ({ ...encodeBlock(storeLzma2(data), data, check), byteLength: data.byteLength }))
  const index = encodeBlockIndex(blocks)
  const footer = encodeStreamFooter({ indexByteLength: index.byteLength, check })
  return Buffer.concat([encodeStreamHeader({ check }), ...blocks.map(({ bytes }) => bytes), index, footer])
}

test('writes both sizes and the smallest dictionary into the header', () => {
  const data = noise(70_000, 1)
  const payload = storeLzma2(data)
  const { bytes, unpaddedByteLength } = encodeBlock(payload, data, 'CRC64')
  const header = bytes.subarray(0, ((bytes[0] ?? 0) + 1) * 4)
  expect(decodeBlockHeader(header, 'a.xz')).toEqual({
    compressedByteLength: payload.byteLength,
    uncompressedByteLength: 70_000,
    filters: [{ id: 0x21, properties: Uint8Array.of(9) }],
  })
  expect(unpaddedByteLength).toBe(header.byteLength + payload.byteLength + 8)
  expect(bytes.byteLength % 4).toBe(0)
})

testWithXzReaders.each(checks)('every reader takes blocks with the check %s', (check) => {
  const random = randomNumbers(7)
  const image = sampleImage()
  const parts = [
    image.subarray(0, 65_536),
    image.subarray(65_536, 65_537),
    ...Array.from({ length: 8 }, () => noise(random(100_000), random(1000))),
  ]
  expectReadable(pack(check, parts), Buffer.concat(parts), temporaryFolder())
})

testWithXzReaders(
  'every reader but pixz, which refuses those of xz as well, takes an empty block and a stream without blocks',
  () => {
    const folder = temporaryFolder()
    expectReadable(pack('CRC32', [new Uint8Array(0), Buffer.from('x')]), Buffer.from('x'), folder, { except: ['pixz'] })
    expectReadable(pack('CRC64', []), Buffer.alloc(0), folder, { except: ['pixz'] })
  },
)
