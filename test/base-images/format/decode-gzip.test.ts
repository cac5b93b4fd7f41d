import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { decodeGzip } from '../../../src/base-images/format/decode-gzip.ts'
import { expectRejection } from '../../support/expect-code.ts'
import { noise, sampleImage } from '../../support/sample-image.ts'
import { temporaryFolder } from '../../support/small-image.ts'

const image = sampleImage()

async function decode(bytes: Uint8Array, signal = new AbortController().signal): Promise<Buffer> {
  const path = join(temporaryFolder(), 'a.img.gz')
  writeFileSync(path, bytes)
  const pieces: Uint8Array[] = []
  for await (const piece of decodeGzip(path, { file: 'a.img.gz', signal, onRead: () => undefined })) pieces.push(piece)
  return Buffer.concat(pieces)
}

test('unpacks one member, several, and zero bytes after them', async () => {
  const packed = gzipSync(image)
  expect((await decode(packed)).equals(image)).toBe(true)
  expect(
    (await decode(Buffer.concat([packed, gzipSync(noise(5000, 1)), Buffer.alloc(512)]))).equals(
      Buffer.concat([image, noise(5000, 1)]),
    ),
  ).toBe(true)
})

test.each([1, 8, 9, 100_000])('refuses a file that lacks its last %i bytes', async (missing) => {
  await expectRejection('GZIP_TRUNCATED', decode(gzipSync(image).subarray(0, -missing)))
})

test('refuses a file that ends in the second member', async () => {
  await expectRejection('GZIP_TRUNCATED', decode(Buffer.concat([gzipSync(image), gzipSync(image).subarray(0, 1000)])))
})

test.each([1, 2, 3, 4, 5])('refuses a wrong byte (place %i)', async (place) => {
  const packed = gzipSync(image)
  const index = Math.floor((packed.byteLength * place) / 5) - 2
  packed[index] = (packed[index] ?? 0) ^ 0x20
  await expectRejection('GZIP_CORRUPT', decode(packed))
})

test('refuses foreign bytes at the end, even after zeros', async () => {
  const packed = gzipSync(image)
  await expectRejection('GZIP_CORRUPT', decode(Buffer.concat([packed, Buffer.from('bye')])))
  await expectRejection('GZIP_TRAILING_DATA', decode(Buffer.concat([packed, Buffer.alloc(9), Buffer.from('bye')])))
  await expectRejection('GZIP_TRAILING_DATA', decode(Buffer.concat([packed, Buffer.alloc(9), packed])))
})

test('ends with an abort', async () => {
  await expect(decode(gzipSync(image), AbortSignal.abort())).rejects.toThrow(/abort/)
})
