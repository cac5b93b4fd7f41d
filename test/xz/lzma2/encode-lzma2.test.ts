// @module-tag slow
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { ReadableStream } from 'node:stream/web'
import { describe, expect, test } from 'vitest'
import xzDecompress from 'xz-decompress'
import { KIB, MIB } from '../../../src/units.ts'
import { encodeLzma2, Lzma2Encoder } from '../../../src/xz/lzma2/encode-lzma2.ts'
import { run, testWith } from '../../support/validators.ts'
import { xz } from '../../support/xz.ts'
import { mixedBytes, periodicBytes, randomBytes, recordBytes, textBytes } from './samples.ts'
import { wrapPayload } from './wrap-payload.ts'

const EDGE_LENGTHS = [0, 1, 2, 3, 4, 5, 6, 8, 272, 273, 274, 275, 4095, 4096, 65535, 65536, 65537]
const samples: readonly Uint8Array[] = [
  ...EDGE_LENGTHS.flatMap((length) => [
    randomBytes(length, length),
    new Uint8Array(length).fill(7),
    textBytes(length, length),
  ]),
  ...Array.from({ length: 300 }, (_, index) => periodicBytes(3000, index + 1, index, index % 3 === 0 ? 50 : 0)),
  ...Array.from({ length: 40 }, (_, index) => mixedBytes(64 * KIB, 100 + index)),
  ...[2 * MIB - 1, 2 * MIB, 2 * MIB + 1].map((length) => new Uint8Array(length)),
  mixedBytes(2 * MIB + 1, 1),
  recordBytes(MIB, 2),
  randomBytes(300 * KIB, 3),
  // The last piece equals the first one, which is further away than matches reach.
  Buffer.concat([
    randomBytes(100 * KIB, 4),
    mixedBytes(MIB, 5),
    new Uint8Array(4 * MIB - 64 * KIB),
    randomBytes(100 * KIB, 4),
  ]),
]
const encoder = new Lzma2Encoder()
const payloads = samples.map((sample) => encodeLzma2(sample, encoder))

describe('external decoders', () => {
  // Streams one after another are one .xz file.
  const packed = Buffer.concat(
    samples.map((sample, index) => wrapPayload(payloads[index] ?? sample, sample.byteLength)),
  )
  const whole = Buffer.concat(samples)

  testWith('xz')('xz finds no fault', () => {
    expect(run('xz', ['-t', '-'], { input: packed })).toEqual({ status: 0, output: '' })
  })

  const decoders: readonly (readonly [string, readonly string[]])[] = [
    ['xz', ['-dc']],
    ['bsdcat', []],
    ['python3', ['-c', 'import lzma, sys; sys.stdout.buffer.write(lzma.decompress(sys.stdin.buffer.read()))']],
  ]
  for (const [program, args] of decoders) {
    testWith(program)(`${program} gives the data back`, () => {
      const unpacked = execFileSync(program, args, { input: packed, maxBuffer: 2 * whole.byteLength })
      expect(unpacked.equals(whole)).toBe(true)
    })
  }

  test('xz-decompress gives the data back', async () => {
    expect((await unpackWithXzDecompress(packed)).equals(whole)).toBe(true)
  })
})

describe('same data, same bytes', () => {
  test('an encoder that packed other data before gives the same bytes as a new one', () => {
    const some = samples
      .flatMap((sample, index) => (sample.byteLength <= 64 * KIB ? [index] : []))
      .filter((_, order) => order % 9 === 0)
    for (const index of some) {
      expect([index, encodeLzma2(samples[index] ?? new Uint8Array(0))]).toEqual([index, payloads[index]])
    }
  })

  test('the order of what an encoder packs does not matter', () => {
    for (let index = payloads.length - 5; index >= 0; index -= 7) {
      const again = encoder.encode(samples[index] ?? new Uint8Array(0))
      expect([index, Buffer.compare(again, payloads[index] ?? again)]).toEqual([index, 0])
    }
  })

  test('a view into a larger buffer gives the same bytes as a copy of it', () => {
    const large = mixedBytes(50_000, 6)
    expect(encodeLzma2(large.subarray(1001, 40_003))).toEqual(
      encodeLzma2(Uint8Array.from(large.subarray(1001, 40_003))),
    )
    expect(encodeLzma2(Buffer.from(large))).toEqual(encodeLzma2(large))
  })

  test('the bytes are the same on other machines and engines', () => {
    // Changes with every change to the choices of the encoder, and then only: blocks in caches are no longer the same.
    const payload = encodeLzma2(mixedBytes(512 * KIB, 7))
    expect(createHash('sha256').update(payload).digest('hex')).toBe(
      '0d2d67ad7c5d7a8daf9ee9c1f520c24c8075d006053f505aab801c14fed9c42c',
    )
  })
})

describe('size', () => {
  test('data that do not compress grow only by the chunk headers', () => {
    for (const byteLength of [1, 100, 64 * KIB, 64 * KIB + 1, 300 * KIB]) {
      const chunks = Math.ceil(byteLength / (60 * KIB))
      expect(encodeLzma2(randomBytes(byteLength, 8)).byteLength).toBeLessThanOrEqual(byteLength + 3 * chunks + 1)
    }
  })

  test('no data give a single end marker', () => {
    expect(encodeLzma2(new Uint8Array(0))).toEqual(Uint8Array.of(0))
  })

  test('a mebibyte of zeros takes less than 300 bytes', () => {
    expect(encodeLzma2(new Uint8Array(MIB)).byteLength).toBeLessThan(300)
  })

  testWith('xz').each([
    ['text', textBytes(MIB, 9)],
    ['records', recordBytes(MIB, 10)],
    ['a mixture', mixedBytes(MIB, 11)],
  ])('of %s is at most a twentieth more than that of xz -1, and a fifth more than that of xz -6', (_, data) => {
    const byteLength = encodeLzma2(data).byteLength
    expect(byteLength).toBeLessThan(1.05 * xz(data, '-1').byteLength)
    expect(byteLength).toBeLessThan(1.2 * xz(data, '-6').byteLength)
  })
})

describe('chunks', () => {
  test('keep to the limits of the format, and reset what the decoder needs', () => {
    for (const [index, payload] of payloads.entries()) {
      const chunks = readChunks(payload)
      const problems = chunks.flatMap((chunk, order) => chunkProblems(chunk, chunks[order - 1]))
      expect([index, problems]).toEqual([index, []])
      expect(chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0)).toBe(samples[index]?.byteLength)
    }
  })

  test('data that compress and data that do not give both kinds of chunks', () => {
    const controls = readChunks(encodeLzma2(Buffer.concat([randomBytes(100 * KIB, 12), textBytes(100 * KIB, 13)]))).map(
      (chunk) => chunk.control & 0xe0,
    )
    expect(controls[0]).toBe(0)
    expect(controls).toContain(0xc0)
  })
})

interface Chunk {
  readonly control: number
  readonly byteLength: number
}

function readChunks(payload: Uint8Array): readonly Chunk[] {
  const bytes = Buffer.from(payload)
  const chunks: Chunk[] = []
  let at = 0
  for (let control = bytes.readUInt8(at); control !== 0; control = bytes.readUInt8(at)) {
    const isStored = control < 0x80
    const byteLength = 1 + bytes.readUInt16BE(at + 1) + (isStored ? 0 : (control & 0x1f) << 16)
    chunks.push({ control, byteLength })
    at += isStored ? 3 + byteLength : 5 + (control >= 0xc0 ? 1 : 0) + 1 + bytes.readUInt16BE(at + 3)
  }
  expect(at).toBe(bytes.byteLength - 1)
  return chunks
}

function chunkProblems({ control, byteLength }: Chunk, before: Chunk | undefined): readonly string[] {
  const problems: string[] = []
  if (byteLength > 2 * MIB) problems.push('too long')
  if (before === undefined && control !== 1 && control < 0xe0) problems.push('no dictionary reset at the start')
  if (before !== undefined && (control === 1 || control >= 0xe0)) problems.push('a dictionary reset later on')
  if (before !== undefined && before.control < 0x80 && control >= 0x80 && control < 0xa0)
    problems.push('no state reset after a stored chunk')
  return problems
}

async function unpackWithXzDecompress(packed: Uint8Array): Promise<Buffer> {
  const source = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(packed)
      controller.close()
    },
  })
  // The library's types name the global classes, which are those of node:stream/web.
  const unpacked: unknown = new xzDecompress.XzReadableStream(source)
  const pieces: Uint8Array[] = []
  // The library hands out its own buffer, which it fills again.
  for await (const piece of unpacked as ReadableStream<Uint8Array>) pieces.push(Uint8Array.from(piece))
  return Buffer.concat(pieces)
}
