// @module-tag slow
/** Damaged files: each must end in an error with an `XZ_` code, or in the right data where the damage does not matter. */
import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { writeU32 } from '../../../src/bytes/little-endian.ts'
import { MemoryDevice } from '../../../src/disk/memory-device.ts'
import { isBuildError } from '../../../src/errors.ts'
import { checkByteLength } from '../../../src/xz/container/block-check.ts'
import { crc32 } from '../../../src/xz/container/crc32.ts'
import { decodeBlock } from '../../../src/xz/container/decode-block.ts'
import { decodeXz } from '../../../src/xz/container/decode-xz.ts'
import { readXzLayout } from '../../../src/xz/container/xz-layout.ts'
import { collectBlock } from '../../../src/xz/threads/collect-block.ts'
import { randomNumbers } from '../../support/random-numbers.ts'
import { noise } from '../../support/sample-image.ts'
import { testWith } from '../../support/validators.ts'
import { unxz, xz } from '../../support/xz.ts'

const { signal } = new AbortController()
const text = Buffer.from('the quick brown fox '.repeat(200))
const data = Buffer.concat([noise(1500, 1), text])

async function unpackByBlocks(packed: Uint8Array): Promise<Buffer> {
  const device = new MemoryDevice(packed)
  const layout = readXzLayout(device, 'a.xz')
  const parts: Uint8Array[] = []
  for (const block of layout.blocks) {
    const pieces = decodeBlock(device, block, { file: 'a.xz', signal })
    parts.push(await collectBlock(pieces, { byteLength: block.byteLength, file: 'a.xz', memory: null }))
  }
  return Buffer.concat(parts)
}

async function unpackAsItComes(packed: Uint8Array): Promise<Buffer> {
  async function* once(): AsyncGenerator<Uint8Array> {
    await Promise.resolve()
    yield packed
  }
  const parts: Uint8Array[] = []
  for await (const part of decodeXz(once(), { file: 'a.xz', signal })) parts.push(part)
  return Buffer.concat(parts)
}

/** Gives the data, or the code of the failure; anything else that is thrown is thrown on. */
async function outcome(packed: Uint8Array, unpack = unpackByBlocks): Promise<Buffer | string> {
  try {
    return await unpack(packed)
  } catch (error) {
    if (isBuildError(error) && error.code.startsWith('XZ_')) return error.code
    throw error
  }
}

/** A part of a file that a CRC32 covers. The CRC32 is directly after it, for a footer before it. */
interface Structure {
  readonly name: string
  readonly from: number
  readonly to: number
  readonly crcOffset: number
}

/** Finds every structure of a file of one stream. */
function structuresOf(packed: Uint8Array): readonly Structure[] {
  const { blocks } = readXzLayout(new MemoryDevice(packed), 'a.xz')
  const last = blocks.at(-1)
  const indexStart = last === undefined ? 12 : last.fileOffset + last.paddedByteLength
  const end = packed.byteLength
  return [
    { name: 'stream header', from: 6, to: 8, crcOffset: 8 },
    ...blocks.map(({ fileOffset }, index) => {
      const crcOffset = fileOffset + (packed[fileOffset] ?? 0) * 4
      return { name: `header of block ${index}`, from: fileOffset, to: crcOffset, crcOffset }
    }),
    { name: 'index', from: indexStart, to: end - 16, crcOffset: end - 16 },
    { name: 'stream footer', from: end - 8, to: end - 2, crcOffset: end - 12 },
  ]
}

function withFlippedBit(packed: Uint8Array, byteOffset: number, bit: number): Buffer {
  const copy = Buffer.from(packed)
  copy[byteOffset] = (copy[byteOffset] ?? 0) ^ (1 << bit)
  return copy
}

const packings: readonly (readonly [string, () => Buffer])[] = [
  ['CRC64', () => xz(data, '-T1', '--block-size=2000')],
  ['CRC32, sizes in block headers', () => xz(data, '-T2', '--block-size=2000', '--check=crc32')],
  ['SHA-256', () => xz(data, '-T1', '--block-size=3000', '--check=sha256')],
  ['no check', () => xz(data, '-T1', '--block-size=3000', '--check=none')],
]

describe('of each structure,', () => {
  testWith('xz').each(packings)('every wrong bit is an error (%s)', async (_, pack) => {
    const packed = pack()
    for (const { name, from, to, crcOffset } of structuresOf(packed)) {
      const bytes = [...Array(to - from).keys()]
        .map((index) => from + index)
        .concat([0, 1, 2, 3].map((index) => crcOffset + index))
      for (const byteOffset of bytes) {
        for (let bit = 0; bit < 8; bit++) {
          expect([name, byteOffset, bit, typeof (await outcome(withFlippedBit(packed, byteOffset, bit)))]).toEqual([
            name,
            byteOffset,
            bit,
            'string',
          ])
        }
      }
    }
  })

  testWith('xz').each(packings)(
    'every wrong bit is an error or does not matter, where the CRC32 was made to match (%s)',
    async (_, pack) => {
      const packed = pack()
      const harmless: string[] = []
      for (const { name, from, to, crcOffset } of structuresOf(packed)) {
        for (let byteOffset = from; byteOffset < to; byteOffset++) {
          for (let bit = 0; bit < 8; bit++) {
            const lying = withFlippedBit(packed, byteOffset, bit)
            writeU32(lying, crcOffset, crc32(lying.subarray(from, to)))
            const result = await outcome(lying)
            if (typeof result === 'string') continue
            expect([name, byteOffset, bit, result.equals(data)]).toEqual([name, byteOffset, bit, true])
            expect(unxz(lying).equals(data)).toBe(true)
            harmless.push(name)
          }
        }
      }
      // The size of the dictionary, which need only be large enough.
      expect(new Set(harmless.map((name) => name.replace(/\d+$/, 'n')))).toEqual(new Set(['header of block n']))
    },
  )

  testWith('xz').each(packings)('an end there, a byte before or a byte after is an error (%s)', async (_, pack) => {
    const packed = pack()
    const { blocks } = readXzLayout(new MemoryDevice(packed), 'a.xz')
    const borders = [
      0,
      6,
      ...structuresOf(packed).flatMap(({ from, to, crcOffset }) => [from, to, crcOffset, crcOffset + 4]),
    ]
    for (const { fileOffset, paddedByteLength, unpaddedByteLength, check } of blocks) {
      const end = fileOffset + paddedByteLength
      borders.push(
        end,
        end - checkByteLength(check),
        end - checkByteLength(check) - (paddedByteLength - unpaddedByteLength),
      )
    }
    for (const border of borders) {
      for (const byteLength of [border - 1, border, border + 1]) {
        if (byteLength < 0 || byteLength >= packed.byteLength) continue
        expect([byteLength, await outcome(packed.subarray(0, byteLength))]).toEqual([byteLength, 'XZ_TRUNCATED'])
      }
    }
  })
})

testWith('xz')(
  'wrong bits in compressed data, padding and checks are errors, but for the one byte that says nothing',
  async () => {
    const random = randomNumbers(1)
    let harmless = 0
    for (const [, pack] of packings.slice(0, 3)) {
      const packed = pack()
      for (let round = 0; round < 400; round++) {
        const byteOffset = random(packed.byteLength)
        const damaged = withFlippedBit(packed, byteOffset, random(8))
        const result = await outcome(damaged)
        if (typeof result === 'string') continue
        // The first byte of a range coder is always zero. XZ Embedded does not look at it, as liblzma does.
        expect([round, result.equals(data), packed[byteOffset]]).toEqual([round, true, 0])
        harmless++
      }
    }
    expect(harmless).toBeLessThan(5)
  },
)

testWith('xz')('several streams that are cut anywhere give whole streams or an error', async () => {
  const small = noise(300, 3)
  const streams = [xz(small, '-T1'), Buffer.alloc(8), xz(Buffer.alloc(0)), xz(small, '--check=crc32'), Buffer.alloc(4)]
  const packed = Buffer.concat(streams)
  const first = streams[0]?.byteLength ?? 0
  for (let byteLength = 0; byteLength < packed.byteLength; byteLength++) {
    const result = await outcome(packed.subarray(0, byteLength))
    if (typeof result === 'string') continue
    // A cut between streams cannot be seen.
    expect([
      byteLength,
      [1, 2].some((count) => result.equals(Buffer.concat(Array<Buffer>(count).fill(small)))),
    ]).toEqual([byteLength, true])
    const whole = [first, first + 4, first + 8, first + 8 + 32, packed.byteLength - 4]
    expect(whole).toContain(byteLength)
  }
})

testWith('xz')('random edits never give wrong data, and both ways of unpacking agree', async () => {
  const random = randomNumbers(2)
  const packed = Buffer.concat([
    xz(data, '-T2', '--block-size=2000'),
    Buffer.alloc(8),
    xz(data, '-T1', '--check=crc32'),
    xz(Buffer.alloc(0)),
  ])
  const expected = Buffer.concat([data, data])
  const edits: readonly ((bytes: Buffer) => Buffer)[] = [
    (bytes) => withFlippedBit(bytes, random(bytes.byteLength), random(8)),
    (bytes) => {
      const from = random(bytes.byteLength)
      return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + 1 + random(20))])
    },
    (bytes) => {
      const at = random(bytes.byteLength)
      return Buffer.concat([bytes.subarray(0, at), Buffer.alloc(random(20), random(256)), bytes.subarray(at)])
    },
    (bytes) => {
      const [from, to] = [random(bytes.byteLength), random(bytes.byteLength)]
      return Buffer.from(Buffer.from(bytes).copyWithin(to, from, from + random(100)))
    },
    (bytes) =>
      Buffer.from(Buffer.from(bytes).fill(random(256), random(bytes.byteLength)).subarray(0, bytes.byteLength)),
  ]
  for (let round = 0; round < 600; round++) {
    const edit = edits[random(edits.length)]
    const edited = edit?.(packed) ?? packed
    const result = await outcome(edited)
    if (typeof result !== 'string') expect([round, result.equals(expected)]).toEqual([round, true])
    const other = await outcome(edited, unpackAsItComes)
    expect([round, typeof other === 'string' ? 'refused' : other.equals(expected)]).toEqual([
      round,
      typeof result === 'string' ? 'refused' : true,
    ])
  }
})

test('data that only look like xz are refused', async () => {
  const magic = Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00, 0x04, 0xe6, 0xd6, 0xb4, 0x46)
  for (let seed = 0; seed < 200; seed++) {
    expect(typeof (await outcome(Buffer.concat([magic, noise(seed * 7, seed), Buffer.from('YZ')])))).toBe('string')
  }
})

testWith('xz')('what is accepted after all is what xz gives', async () => {
  const padded = Buffer.concat([xz(data), Buffer.alloc(400)])
  expect(await outcome(padded)).toEqual(execFileSync('xz', ['-dc'], { input: padded }))
})
