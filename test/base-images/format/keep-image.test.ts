import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { expectRejection } from '../../support/expect-code.ts'
import { cachedFiles, packed, setUp } from '../../support/obtain-setting.ts'
import { sha256 } from '../../support/sample-image.ts'
import { testWith } from '../../support/validators.ts'

const testXz = testWith('xz')
const path = '/images/a.img.xz'

/** The image with one bit changed inside the data of a block. Its header, its index and its footer are as they were. */
function damagedBlock(): Uint8Array {
  const bytes = Uint8Array.from(packed)
  const at = Math.floor(bytes.byteLength / 2)
  bytes[at] = (bytes[at] ?? 0) ^ 1
  return bytes
}

testXz('a download without a checksum whose blocks are damaged does not stay in the cache', async () => {
  const { server, cacheFolder, obtain } = await setUp({ format: 'xz' })
  server.put(path, damagedBlock())
  await expectRejection('XZ_CORRUPT', obtain(`${server.origin}${path}`))
  expect(cachedFiles(cacheFolder)).toEqual([])
  // The server has the whole file now.
  server.put(path, packed)
  const found = await obtain(`${server.origin}${path}`)
  expect(readFileSync(found.path).equals(packed)).toBe(true)
})

testXz('a download whose published checksum is that of its bytes is kept, damaged blocks or not', async () => {
  const { server, obtain } = await setUp({ format: 'xz' })
  server.put(path, damagedBlock())
  const found = await obtain(`${server.origin}${path}#sha256=${sha256(damagedBlock())}`)
  expect(sha256(readFileSync(found.path))).toBe(sha256(damagedBlock()))
})

testXz('a user’s file stays where it is', async () => {
  const { folder, cacheFolder, obtain } = await setUp({ format: 'xz' })
  const mine = join(folder, 'mine.img.xz')
  writeFileSync(mine, packed)
  expect((await obtain('mine.img.xz')).path).toBe(mine)
  expect(existsSync(join(cacheFolder, 'packed', sha256(packed)))).toBe(false)
  expect(readFileSync(mine).equals(packed)).toBe(true)
})
