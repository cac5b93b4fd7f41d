import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { writeSparseFile } from '../../src/host/write-sparse-file.ts'
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

test('writes the bytes that it is given, with holes or not', async () => {
  const folder = temporaryFolder()
  // A part of zeros where `seed` is null.
  const part = fc.record({ byteLength: fc.nat(600_000), seed: fc.option(fc.nat(1000)) })
  const lengths = fc.array(fc.integer({ min: 1, max: 200_000 }), { minLength: 1, maxLength: 20 })
  const check = fc.asyncProperty(fc.array(part, { maxLength: 12 }), lengths, async (parts, pieceLengths) => {
    const bytes = Buffer.concat(
      parts.map(({ byteLength, seed }) => (seed === null ? Buffer.alloc(byteLength) : noise(byteLength, seed))),
    )
    const path = join(folder, 'a.img')
    let next = 0
    const source = inPieces(bytes, () => pieceLengths[next++ % pieceLengths.length] ?? 1)
    expect(await writeSparseFile(path, source)).toBe(bytes.byteLength)
    expect(readFileSync(path).equals(bytes)).toBe(true)
    rmSync(path)
  })
  await fc.assert(check, { numRuns: 15 })
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

test('does not overwrite a file', async () => {
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
