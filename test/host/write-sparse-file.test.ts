import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { writeSparseFile } from '../../src/host/write-sparse-file.ts'
import { randomNumbers } from '../support/random-numbers.ts'
import { noise, sampleImage } from '../support/sample-image.ts'
import { temporaryFolder } from '../support/small-image.ts'

async function* inPieces(bytes: Uint8Array, pieceLength: () => number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.byteLength;) {
    await Promise.resolve()
    const to = from + pieceLength()
    yield bytes.subarray(from, to)
    from = to
  }
}

test.each([1, 2, 3, 4, 5])('writes the bytes that it is given, with holes or not (start %i)', async (start) => {
  const random = randomNumbers(start)
  const parts = Array.from({ length: 12 }, () =>
    random(2) === 0 ? Buffer.alloc(random(900_000)) : noise(random(300_000), random(1000)),
  )
  const bytes = Buffer.concat(parts)
  const path = join(temporaryFolder(), 'a.img')
  expect(
    await writeSparseFile(
      path,
      inPieces(bytes, () => 1 + random(200_000)),
    ),
  ).toBe(bytes.byteLength)
  expect(readFileSync(path).equals(bytes)).toBe(true)
})

test('leaves runs of zeros as holes, also at the end', async () => {
  const bytes = Buffer.concat([sampleImage(), Buffer.alloc(20_000_000)])
  const path = join(temporaryFolder(), 'a.img')
  await writeSparseFile(
    path,
    inPieces(bytes, () => 65_536),
  )
  expect(statSync(path)).toMatchObject({ size: bytes.byteLength })
  expect(statSync(path).blocks * 512).toBeLessThan(3_000_000)
})

test('does not write over a file', async () => {
  const path = join(temporaryFolder(), 'a.img')
  writeFileSync(path, 'mine')
  await expect(
    writeSparseFile(
      path,
      inPieces(Buffer.alloc(10), () => 10),
    ),
  ).rejects.toThrow(/EEXIST/)
  expect(readFileSync(path, 'utf8')).toBe('mine')
})
