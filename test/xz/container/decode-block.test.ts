// @module-tag slow
import { expect, test } from 'vitest'
import { MemoryDevice } from '../../../src/disk/memory-device.ts'
import { decodeBlock } from '../../../src/xz/container/decode-block.ts'
import { readXzLayout, type XzBlock } from '../../../src/xz/container/xz-layout.ts'
import { expectRejection } from '../../support/expect-code.ts'
import { sampleImage } from '../../support/sample-image.ts'
import { testWith } from '../../support/validators.ts'
import { xz } from '../../support/xz.ts'

const image = sampleImage()
const options = { file: 'a.xz', signal: new AbortController().signal }

async function decode(packed: Uint8Array, block: XzBlock): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of decodeBlock(new MemoryDevice(packed), block, options)) pieces.push(piece)
  return Buffer.concat(pieces)
}

function blocksOf(packed: Uint8Array): readonly XzBlock[] {
  return readXzLayout(new MemoryDevice(packed), 'a.xz').blocks
}

function firstBlock(packed: Uint8Array): XzBlock {
  const [block] = blocksOf(packed)
  if (block === undefined) throw new Error('no block')
  return block
}

function damaged(packed: Uint8Array, byteOffset: number): Buffer {
  const copy = Buffer.from(packed)
  copy[byteOffset] = (copy[byteOffset] ?? 0) ^ 0x04
  return copy
}

testWith('xz').each(['none', 'crc32', 'crc64', 'sha256'])(
  'unpacks any block of a file with the check %s',
  async (check) => {
    const packed = Buffer.concat([
      xz(image, '-1', '-T2', '--block-size=500000', `--check=${check}`),
      xz(image, '-0', `--check=${check}`),
    ])
    const blocks = blocksOf(packed)
    expect(blocks.length).toBe(7)
    const expected = Buffer.concat([image, image])
    for (const block of [...blocks].reverse()) {
      expect(
        (await decode(packed, block)).equals(expected.subarray(block.byteStart, block.byteStart + block.byteLength)),
      ).toBe(true)
    }
  },
)

testWith('xz').each(['crc32', 'crc64', 'sha256'])('refuses a block whose %s does not match', async (check) => {
  const packed = xz(image, '-0', `--check=${check}`)
  const block = firstBlock(packed)
  const end = block.fileOffset + block.paddedByteLength
  for (const byteOffset of [end - 1, end - 4]) {
    const error = await expectRejection('XZ_CORRUPT', decode(damaged(packed, byteOffset), block))
    expect(error.message).toContain('does not match its data')
  }
})

testWith('xz')(
  'refuses a block that holds more or less than the index says, before it takes in much more',
  async () => {
    const packed = xz(Buffer.alloc(50_000_000), '-0')
    const block = firstBlock(packed)
    await expectRejection('XZ_CORRUPT', decode(packed, { ...block, byteLength: 1000 }))
    await expectRejection('XZ_CORRUPT', decode(packed, { ...block, byteLength: block.byteLength + 1 }))
  },
)

testWith('xz')("refuses a place that is not the block's", async () => {
  const packed = xz(image, '-0', '--block-size=1MiB')
  const block = firstBlock(packed)
  await expectRejection('XZ_CORRUPT', decode(packed, { ...block, fileOffset: block.fileOffset + 4 }))
  await expectRejection(
    'XZ_CORRUPT',
    decode(packed, {
      ...block,
      unpaddedByteLength: block.unpaddedByteLength - 4,
      paddedByteLength: block.paddedByteLength - 4,
    }),
  )
  await expectRejection('XZ_CORRUPT', decode(packed, { ...block, unpaddedByteLength: 6, paddedByteLength: 8 }))
  await expectRejection('XZ_TRUNCATED', decode(packed.subarray(0, 5000), block))
})

testWith('xz')('names filters, and dictionaries that are too large', async () => {
  const plain = firstBlock(xz(image, '-0'))
  const cases = [
    ['XZ_FILTER_UNSUPPORTED', ['--arm', '--lzma2=preset=0']],
    ['XZ_DICTIONARY_TOO_LARGE', ['--lzma2=preset=0,dict=96MiB']],
  ] as const
  for (const [code, parameters] of cases) await expectRejection(code, decode(xz(image, ...parameters), plain))
})

testWith('xz')('stops when it is told to, and works on afterwards', async () => {
  const packed = xz(image, '-0')
  const block = firstBlock(packed)
  const controller = new AbortController()
  const pieces = decodeBlock(new MemoryDevice(packed), block, { file: 'a.xz', signal: controller.signal })
  await pieces.next()
  controller.abort()
  await expect(pieces.next()).rejects.toThrow(/abort/)
  expect((await decode(packed, block)).equals(image)).toBe(true)
})

test('refuses a block beyond the end of the file', async () => {
  const block = {
    fileOffset: 0,
    unpaddedByteLength: 40,
    paddedByteLength: 40,
    byteStart: 0,
    byteLength: 4,
    check: 'none',
  } as const
  await expectRejection('XZ_TRUNCATED', decode(new Uint8Array(39), block))
})
