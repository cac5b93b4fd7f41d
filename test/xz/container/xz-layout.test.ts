// @module-tag slow
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { writeU32 } from '../../../src/bytes/little-endian.ts'
import type { ReadableDevice } from '../../../src/disk/block-device.ts'
import { MemoryDevice } from '../../../src/disk/memory-device.ts'
import { encodeBlockIndex, type IndexRecord } from '../../../src/xz/container/block-index.ts'
import { crc32 } from '../../../src/xz/container/crc32.ts'
import { encodeBlock } from '../../../src/xz/container/encode-block.ts'
import { encodeStreamFooter } from '../../../src/xz/container/stream-footer.ts'
import { encodeStreamHeader } from '../../../src/xz/container/stream-header.ts'
import { MAX_STREAMS, readXzLayout, type XzLayout } from '../../../src/xz/container/xz-layout.ts'
import { storeLzma2 } from '../../../src/xz/lzma2/stored-lzma2.ts'
import { expectCode } from '../../support/expect-code.ts'
import { noise, sampleImage } from '../../support/sample-image.ts'
import { temporaryFolder } from '../../support/small-image.ts'
import { testWith } from '../../support/validators.ts'
import { xz } from '../../support/xz.ts'

function layoutOf(packed: Uint8Array): XzLayout {
  return readXzLayout(new MemoryDevice(packed), 'a.xz')
}

/** What `xz --robot --list -vv` says, in the words of a layout; man xz, "ROBOT MODE". */
function listedLayout(packed: Uint8Array): unknown {
  const path = join(temporaryFolder(), 'a.xz')
  writeFileSync(path, packed)
  const lines = execFileSync('xz', ['--robot', '--list', '-vv', path], { encoding: 'utf8', maxBuffer: 1 << 26 })
    .split('\n')
    .map((line) => line.split('\t'))
  const names: Readonly<Record<string, string>> = { None: 'none' }
  const blocks = lines
    .filter(([kind]) => kind === 'block')
    .map((line) => ({
      fileOffset: Number(line[4]),
      byteStart: Number(line[5]),
      paddedByteLength: Number(line[6]),
      byteLength: Number(line[7]),
      check: names[line[9] ?? ''] ?? line[9],
    }))
  const totals = lines.find(([kind]) => kind === 'totals') ?? []
  return { blocks, byteLength: Number(totals[4]), streamCount: Number(totals[1]) }
}

function expectAsListed(packed: Uint8Array): XzLayout {
  const layout = layoutOf(packed)
  const blocks = layout.blocks.map(({ unpaddedByteLength, ...rest }) => {
    expect(Math.ceil(unpaddedByteLength / 4) * 4).toBe(rest.paddedByteLength)
    return rest
  })
  expect({ ...layout, blocks }).toEqual(listedLayout(packed))
  return layout
}

const image = sampleImage()
const small = noise(5000, 3)

describe('agrees with xz about', () => {
  testWith('xz').each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])('level %d', (level) => {
    expectAsListed(xz(image, `-${level}`, '-T1'))
  })

  testWith('xz').each([
    ['4KiB', 656],
    ['64KiB', 41],
    ['333333', 9],
    ['1MiB', 3],
    ['24MiB', 1],
  ])('blocks of %s', (blockSize, count) => {
    for (const threads of ['-T1', '-T2']) {
      expect(expectAsListed(xz(image, '-0', threads, `--block-size=${blockSize}`)).blocks.length).toBe(count)
    }
  })

  testWith('xz')('three blocks of 24 MiB', () => {
    const large = Buffer.alloc(60 * 1024 * 1024)
    for (let from = 0; from + image.byteLength < large.byteLength; from += 8_000_000) image.copy(large, from)
    expect(expectAsListed(xz(large, '-0', '-T2', '--block-size=24MiB')).blocks.length).toBe(3)
  })

  testWith('xz').each(['none', 'crc32', 'crc64', 'sha256'])('the check %s', (check) => {
    expectAsListed(xz(image, '-0', `--check=${check}`, '--block-size=256KiB'))
  })

  const variants: readonly (readonly [string, number, () => Uint8Array])[] = [
    [
      'several streams with several checks',
      3,
      () =>
        Buffer.concat([
          xz(image, '-0', '--block-size=1MiB'),
          xz(small, '--check=crc32'),
          xz(image, '-0', '--check=sha256'),
        ]),
    ],
    [
      'stream padding between and after streams',
      2,
      () => Buffer.concat([xz(small), Buffer.alloc(8), xz(small), Buffer.alloc(4096)]),
    ],
    [
      'longer stream padding',
      2,
      () => Buffer.concat([xz(small), Buffer.alloc(300_000), xz(small), Buffer.alloc(65_536)]),
    ],
    [
      'empty streams everywhere',
      5,
      () =>
        Buffer.concat([
          xz(Buffer.alloc(0)),
          xz(small),
          xz(Buffer.alloc(0)),
          Buffer.alloc(4),
          xz(small),
          xz(Buffer.alloc(0)),
        ]),
    ],
    ['nothing at all', 1, () => xz(Buffer.alloc(0))],
    [
      'three hundred streams',
      300,
      () => Buffer.concat(Array.from({ length: 300 }, () => encodeStream([{ data: small }]))),
    ],
  ]
  testWith('xz').each(variants)('%s', (_, streamCount, pack) => {
    expect(expectAsListed(pack()).streamCount).toBe(streamCount)
  })
})

interface Part {
  readonly data: Uint8Array
  readonly record?: Partial<IndexRecord>
}

/** A stream of stored blocks whose index may hold wrong lengths. */
function encodeStream(
  parts: readonly Part[],
  check: 'none' | 'CRC32' | 'CRC64' = 'CRC64',
  extra: readonly IndexRecord[] = [],
): Uint8Array {
  const blocks = parts.map(({ data, record }) => ({
    ...encodeBlock(storeLzma2(data), data, check),
    byteLength: data.byteLength,
    ...record,
  }))
  const index = encodeBlockIndex([...blocks, ...extra])
  const footer = encodeStreamFooter({ indexByteLength: index.byteLength, check })
  return Buffer.concat([encodeStreamHeader({ check }), ...blocks.map(({ bytes }) => bytes), index, footer])
}

test('reads 100,000 blocks without a read per block', () => {
  const data = Buffer.from('hello')
  const block = { ...encodeBlock(storeLzma2(data), data, 'CRC64'), byteLength: data.byteLength }
  const index = encodeBlockIndex(Array.from({ length: 100_000 }, () => block))
  const footer = encodeStreamFooter({ indexByteLength: index.byteLength, check: 'CRC64' })
  const packed = Buffer.concat([
    encodeStreamHeader({ check: 'CRC64' }),
    Buffer.alloc(100_000 * block.bytes.byteLength, block.bytes),
    index,
    footer,
  ])
  let reads = 0
  const memory = new MemoryDevice(packed)
  const device: ReadableDevice = {
    byteLength: packed.byteLength,
    read: (byteOffset, into) => {
      reads++
      memory.read(byteOffset, into)
    },
  }
  const layout = readXzLayout(device, 'a.xz')
  expect(layout.blocks.length).toBe(100_000)
  expect(layout.byteLength).toBe(500_000)
  // Header 12, LZMA2 data 3 + 5 + 1, padding 3, check 8.
  expect(layout.blocks[99_999]).toEqual({
    fileOffset: 12 + 32 * 99_999,
    unpaddedByteLength: 29,
    paddedByteLength: 32,
    byteStart: 499_995,
    byteLength: 5,
    check: 'CRC64',
  })
  expect(reads).toBeLessThan(20)
})

describe('refuses', () => {
  const whole = encodeStream([{ data: small }, { data: image.subarray(0, 70_000) }])
  const cases: readonly (readonly [string, string, () => Uint8Array])[] = [
    ['no bytes', 'XZ_TRUNCATED', () => new Uint8Array(0)],
    ['a lone stream header', 'XZ_TRUNCATED', () => whole.subarray(0, 12)],
    ['another format', 'XZ_CORRUPT', () => noise(5000, 4)],
    ['a few foreign bytes at the end', 'XZ_TRAILING_DATA', () => Buffer.concat([whole, Buffer.from('bye\n')])],
    ['many foreign bytes at the end', 'XZ_TRAILING_DATA', () => Buffer.concat([whole, noise(5000, 9)])],
    [
      'foreign bytes after padding',
      'XZ_TRAILING_DATA',
      () => Buffer.concat([whole, Buffer.alloc(8), Buffer.from('bye\n')]),
    ],
    ['padding of three bytes', 'XZ_CORRUPT', () => Buffer.concat([whole, Buffer.alloc(3)])],
    ['padding of five bytes between streams', 'XZ_CORRUPT', () => Buffer.concat([whole, Buffer.alloc(5), whole])],
    ['padding before the first stream', 'XZ_CORRUPT', () => Buffer.concat([Buffer.alloc(4), whole])],
    ['foreign bytes between streams', 'XZ_CORRUPT', () => Buffer.concat([whole, Buffer.from('bye\n'), whole])],
    ['an end in a later stream', 'XZ_TRUNCATED', () => Buffer.concat([whole, whole.subarray(0, -20)])],
    ['an end in the header of a later stream', 'XZ_TRUNCATED', () => Buffer.concat([whole, whole.subarray(0, 3)])],
    [
      'a footer of another check',
      'XZ_CORRUPT',
      () => Buffer.concat([whole.subarray(0, -12), encodeStreamFooter({ indexByteLength: 16, check: 'CRC32' })]),
    ],
    [
      'a footer with a longer index',
      'XZ_CORRUPT',
      () => Buffer.concat([whole.subarray(0, -12), encodeStreamFooter({ indexByteLength: 20, check: 'CRC64' })]),
    ],
    [
      'a footer with an index beyond the file',
      'XZ_CORRUPT',
      () => Buffer.concat([whole.subarray(0, -12), encodeStreamFooter({ indexByteLength: 1_000_000, check: 'CRC64' })]),
    ],
    [
      'a footer with an index of 16 GiB',
      'XZ_TOO_MANY_BLOCKS',
      () => Buffer.concat([whole.subarray(0, -12), encodeStreamFooter({ indexByteLength: 2 ** 34, check: 'CRC64' })]),
    ],
    [
      'an index with a block too many',
      'XZ_CORRUPT',
      () => encodeStream([{ data: small }], 'CRC64', [{ unpaddedByteLength: 100, byteLength: 5 }]),
    ],
    [
      'an index with a block of 2^52 bytes',
      'XZ_CORRUPT',
      () => encodeStream([{ data: small, record: { unpaddedByteLength: 2 ** 52 } }]),
    ],
    [
      'an index with data of 2^52 bytes',
      'XZ_CORRUPT',
      () => encodeStream([{ data: small, record: { byteLength: 2 ** 52 } }]),
    ],
    [
      'an index with a block shorter than its header',
      'XZ_CORRUPT',
      () => encodeStream([{ data: small.subarray(0, 1), record: { unpaddedByteLength: 8 } }]),
    ],
  ]
  test.each(cases)('%s', (_, code, pack) => {
    expectCode(code as 'XZ_CORRUPT', () => layoutOf(pack()))
  })

  test('a block with one byte more than LZMA2 could pack into it', () => {
    const packed = { data: small.subarray(0, 100) }
    const unpaddedByteLength = layoutOf(encodeStream([packed])).blocks[0]?.unpaddedByteLength ?? 0
    // A chunk takes six bytes at least and gives 2 MiB at most.
    const byteLength = Math.floor(unpaddedByteLength / 6) * 2 ** 21
    expect(layoutOf(encodeStream([{ ...packed, record: { byteLength } }])).byteLength).toBe(byteLength)
    const error = expectCode('XZ_CORRUPT', () =>
      layoutOf(encodeStream([{ ...packed, record: { byteLength: byteLength + 1 } }])),
    )
    expect(error.message).toContain('more data than could be packed into it')
  })

  testWith('xz')('filters and checks by name', () => {
    expect(expectCode('XZ_FILTER_UNSUPPORTED', () => layoutOf(xz(image, '--x86', '--lzma2=preset=1'))).message).toMatch(
      /a\.xz .*BCJ x86/,
    )
    expectCode('XZ_FILTER_UNSUPPORTED', () =>
      layoutOf(Buffer.concat([xz(image, '--delta=dist=4', '--lzma2=preset=1'), whole])),
    )
    expectCode('XZ_DICTIONARY_TOO_LARGE', () => layoutOf(xz(image, '--lzma2=preset=1,dict=96MiB')))
  })

  test('a reserved check by name', () => {
    const packed = encodeStream([])
    const end = packed.byteLength
    packed[7] = 2
    packed[end - 3] = 2
    writeU32(packed, 8, crc32(packed.subarray(6, 8)))
    writeU32(packed, end - 12, crc32(packed.subarray(end - 8, end - 2)))
    expectCode('XZ_CHECK_UNSUPPORTED', () => layoutOf(packed))
  })

  test('more streams than the limit, quickly', () => {
    const empty = encodeStream([])
    const packed = Buffer.alloc(empty.byteLength * (MAX_STREAMS + 1), empty)
    expectCode('XZ_TOO_MANY_BLOCKS', () => layoutOf(packed))
  })
})
