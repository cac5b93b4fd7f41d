// @module-tag slow
import { describe, expect, test } from 'vitest'
import { writeU32 } from '../../../src/bytes/little-endian.ts'
import { MemoryDevice } from '../../../src/disk/memory-device.ts'
import { crc32 } from '../../../src/xz/container/crc32.ts'
import { decodeXz } from '../../../src/xz/container/decode-xz.ts'
import { readXzLayout } from '../../../src/xz/container/xz-layout.ts'
import { noise, sampleImage } from '../../support/sample-image.ts'
import { testWith } from '../../support/validators.ts'
import { unxz, xz } from '../../support/xz.ts'

const signal = new AbortController().signal

async function* pieces(bytes: Uint8Array, pieceBytes: number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.byteLength; from += pieceBytes) {
    await Promise.resolve()
    yield bytes.subarray(from, from + pieceBytes)
  }
}

async function decode(bytes: Uint8Array, pieceBytes = 100_000): Promise<Buffer> {
  const decoded: Uint8Array[] = []
  for await (const piece of decodeXz(pieces(bytes, pieceBytes), { file: 'sample.xz', signal })) decoded.push(piece)
  return Buffer.concat(decoded)
}

async function drain(source: AsyncIterable<Uint8Array>): Promise<void> {
  const iterator = source[Symbol.asyncIterator]()
  while ((await iterator.next()).done !== true);
}

async function codeOf(bytes: Uint8Array): Promise<string> {
  return decode(bytes).then(
    () => 'none',
    (error: unknown) => (error as { code?: string }).code ?? String(error),
  )
}

/** Gives a stream a check whose meaning is not defined yet; the CRC32 of its header matches. */
function withReservedCheck(packed: Buffer): Buffer {
  packed[7] = 0x0b
  writeU32(packed, 8, crc32(packed.subarray(6, 8)))
  return packed
}

/** Flips a bit of the check of the only block, which ends before index and footer. */
function withWrongCheck(packed: Buffer): Buffer {
  const [block] = readXzLayout(new MemoryDevice(packed), 'sample.xz').blocks
  const last = (block?.fileOffset ?? 0) + (block?.paddedByteLength ?? 0) - 1
  packed[last] = (packed[last] ?? 0) ^ 1
  return packed
}

describe('what xz packs', () => {
  const image = sampleImage()
  const small = noise(5000, 3)
  const variants: readonly (readonly [string, () => Buffer])[] = [
    ['many blocks', () => xz(image, '-T1', '--block-size=64KiB', '-1')],
    ['many blocks with sizes in their headers', () => xz(image, '-T2', '--block-size=128KiB', '-1')],
    ['one block of level 0', () => xz(image, '-T1', '-0')],
    ['one block of level 9e', () => xz(image, '-T1', '-9e')],
    ['a dictionary of 64 MiB', () => xz(image, '-T1', '--lzma2=preset=6,dict=64MiB')],
    ['CRC32', () => xz(image, '--check=crc32')],
    ['CRC64', () => xz(image, '--check=crc64')],
    ['SHA-256 in one block', () => xz(image, '-T1', '--check=sha256')],
    ['SHA-256 in many blocks', () => xz(image, '-T1', '--block-size=64KiB', '-1', '--check=sha256')],
    ['SHA-256 in a later stream', () => Buffer.concat([xz(small), xz(image, '--check=sha256')])],
    ['data that cannot be packed', () => xz(noise(300_000, 7), '-T1')],
    ['no check', () => xz(image, '--check=none')],
    ['several streams', () => Buffer.concat([xz(image), xz(small, '--check=crc32'), xz(image, '-0')])],
    [
      'stream padding between and after streams',
      () => Buffer.concat([xz(image), Buffer.alloc(8), xz(small), Buffer.alloc(4096)]),
    ],
    ['an empty stream before another', () => Buffer.concat([xz(Buffer.alloc(0)), xz(small)])],
    ['nothing at all', () => xz(Buffer.alloc(0))],
  ]
  testWith('xz').each(variants)('decodes %s as xz does', async (_, pack) => {
    const packed = pack()
    expect((await decode(packed)).equals(unxz(packed))).toBe(true)
  })

  testWith('xz').each([1, 13, 65_536, 65_537])('decodes data that comes in pieces of %i bytes', async (pieceBytes) => {
    expect((await decode(xz(small), pieceBytes)).equals(small)).toBe(true)
  })

  testWith('xz')('takes empty pieces for no end of the data', async () => {
    const packed = xz(small)
    async function* withGaps(): AsyncGenerator<Uint8Array> {
      for await (const piece of pieces(packed, 1000)) {
        yield new Uint8Array(0)
        yield piece
      }
    }
    const decoded: Uint8Array[] = []
    for await (const piece of decodeXz(withGaps(), { file: 'gaps.xz', signal })) decoded.push(piece)
    expect(Buffer.concat(decoded).equals(small)).toBe(true)
  })
})

describe('what is refused', () => {
  const image = sampleImage()
  const small = noise(5000, 3)
  const refused: readonly (readonly [string, string, () => Buffer])[] = [
    ['a check that the format reserves', 'XZ_CHECK_UNSUPPORTED', () => withReservedCheck(xz(image))],
    ['a SHA-256 of other data', 'XZ_CORRUPT', () => withWrongCheck(xz(small, '--check=sha256'))],
    ['a CRC64 of other data', 'XZ_CORRUPT', () => withWrongCheck(xz(small, '--check=crc64'))],
    ['the x86 filter', 'XZ_FILTER_UNSUPPORTED', () => xz(image, '--x86', '--lzma2=preset=1')],
    ['the ARM filter', 'XZ_FILTER_UNSUPPORTED', () => xz(image, '--arm', '--lzma2=preset=1')],
    ['the delta filter', 'XZ_FILTER_UNSUPPORTED', () => xz(image, '--delta=dist=4', '--lzma2=preset=1')],
    [
      'a filter in a later stream',
      'XZ_FILTER_UNSUPPORTED',
      () => Buffer.concat([xz(image), xz(image, '--x86', '--lzma2=preset=1')]),
    ],
    ['a dictionary of 96 MiB', 'XZ_DICTIONARY_TOO_LARGE', () => xz(image, '--lzma2=preset=1,dict=96MiB')],
    [
      'a dictionary of 96 MiB in a later stream',
      'XZ_DICTIONARY_TOO_LARGE',
      () => Buffer.concat([xz(image), xz(image, '--lzma2=preset=1,dict=96MiB')]),
    ],
    ['a few foreign bytes at the end', 'XZ_TRAILING_DATA', () => Buffer.concat([xz(image), Buffer.from('bye\n')])],
    ['many foreign bytes at the end', 'XZ_TRAILING_DATA', () => Buffer.concat([xz(image), noise(5000, 9)])],
    ['padding of three bytes', 'XZ_CORRUPT', () => Buffer.concat([xz(image), Buffer.alloc(3)])],
    [
      'an end in the header of the second stream',
      'XZ_TRUNCATED',
      () => Buffer.concat([xz(image), xz(image).subarray(0, 7)]),
    ],
    ['no bytes', 'XZ_TRUNCATED', () => Buffer.alloc(0)],
    ['another format', 'XZ_CORRUPT', () => noise(5000, 4)],
  ]
  testWith('xz').each(refused)('refuses %s with %s', async (_, code, pack) => {
    expect(await codeOf(pack())).toBe(code)
  })

  testWith('xz')('names the filter and the file', async () => {
    await expect(decode(xz(image, '--x86', '--lzma2=preset=1'))).rejects.toThrow(/sample\.xz .*BCJ x86/)
  })

  testWith('xz')('refuses a file that is cut anywhere', async () => {
    const packed = xz(noise(20_000, 5), '-T1', '--block-size=4KiB')
    for (let byteLength = 1; byteLength < packed.byteLength; byteLength += 61) {
      expect([byteLength, await codeOf(packed.subarray(0, byteLength))]).toEqual([byteLength, 'XZ_TRUNCATED'])
    }
    for (let cut = 1; cut <= 40; cut++)
      expect([cut, await codeOf(packed.subarray(0, -cut))]).toEqual([cut, 'XZ_TRUNCATED'])
  })

  testWith('xz')('refuses a file with one wrong byte, wherever it is', async () => {
    const packed = xz(noise(3000, 6), '-T1', '--block-size=1KiB', '--check=crc64')
    for (let index = 0; index < packed.byteLength; index++) {
      const damaged = Buffer.from(packed)
      damaged[index] = (damaged[index] ?? 0) ^ 0x10
      const code = await codeOf(damaged)
      expect([index, code.startsWith('XZ_')]).toEqual([index, true])
    }
  })
})

describe('the shared decoder', () => {
  testWith('xz')('lets streams that are decoded at once take turns', async () => {
    const images = [sampleImage(1), sampleImage(2), sampleImage(3)]
    const decoded = await Promise.all(images.map((image) => decode(xz(image, '-1'), 10_000)))
    expect(decoded.map((bytes, index) => bytes.equals(images[index] ?? Buffer.alloc(0)))).toEqual([true, true, true])
  })

  testWith('xz')('works on after a failure, an abandoned stream and an abort', async () => {
    const image = sampleImage()
    const packed = xz(image, '-1')
    expect(await codeOf(packed.subarray(0, 50_000))).toBe('XZ_TRUNCATED')
    for await (const piece of decodeXz(pieces(packed, 1000), { file: 'abandoned.xz', signal })) {
      expect(piece.byteLength).toBeGreaterThan(0)
      break
    }
    const controller = new AbortController()
    const aborted = decodeXz(pieces(packed, 1000), { file: 'aborted.xz', signal: controller.signal })
    await aborted.next()
    controller.abort()
    await expect(aborted.next()).rejects.toThrow(/abort/)
    expect((await decode(packed)).equals(image)).toBe(true)
  })

  testWith('xz')('lets an abort end the wait for a turn', async () => {
    const packed = xz(sampleImage(), '-1')
    const first = decodeXz(pieces(packed, 1000), { file: 'first.xz', signal })
    await first.next()
    const controller = new AbortController()
    const second = decodeXz(pieces(packed, 1000), { file: 'second.xz', signal: controller.signal }).next()
    controller.abort()
    await expect(second).rejects.toThrow(/abort/)
    await first.return()
    expect((await decode(packed)).equals(sampleImage())).toBe(true)
  })

  testWith('xz')('passes on what failed in the source, and closes the source', async () => {
    const packed = xz(sampleImage(), '-1')
    let closed = false
    async function* failing(): AsyncGenerator<Uint8Array> {
      try {
        yield* pieces(packed.subarray(0, 200_000), 50_000)
        throw new Error('the disk is gone')
      } finally {
        closed = true
      }
    }
    const decoding = decodeXz(failing(), { file: 'failing.xz', signal })
    await expect(drain(decoding)).rejects.toThrow('the disk is gone')
    expect(closed).toBe(true)
  })
})

test('an aborted signal ends decoding before it begins', async () => {
  await expect(
    decodeXz(pieces(Buffer.alloc(100), 10), { file: 'x.xz', signal: AbortSignal.abort() }).next(),
  ).rejects.toThrow(/abort/)
})
