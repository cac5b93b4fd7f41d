import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ChecksumList } from '../../src/artifact/checksum-list.ts'
import type { Artifact } from '../../src/model/artifact.ts'
import { asUnprivileged } from '../support/as-unprivileged.ts'
import { expectRejection } from '../support/expect-code.ts'
import { temporaryFolder } from '../support/small-image.ts'

const artifact = (path: string): Artifact => ({
  node: 'worker-1',
  path,
  format: 'img',
  byteLength: 1,
  sha256: 'b'.repeat(64),
  imageByteLength: 1,
  readFrom: 'disk',
})

const listIn = (folder: string): ChecksumList =>
  new ChecksumList(folder, { requireHeld: () => Promise.resolve(), flush: true })

test('adds a line, and keeps those of files that are there', async () => {
  const folder = temporaryFolder()
  for (const name of ['server-1.img', 'worker-1.img']) writeFileSync(join(folder, name), '')
  writeFileSync(join(folder, 'SHA256SUMS'), `${'a'.repeat(64)}  server-1.img\n${'a'.repeat(64)}  gone.img\n`)
  await listIn(folder).add(artifact(join(folder, 'worker-1.img')))
  expect(readFileSync(join(folder, 'SHA256SUMS'), 'utf8')).toBe(
    `${'a'.repeat(64)}  server-1.img\n${'b'.repeat(64)}  worker-1.img\n`,
  )
})

test('lists files by name, whatever the order in which they were built', async () => {
  const folder = temporaryFolder()
  const list = listIn(folder)
  for (const name of ['b.img', 'c.img', 'a.img']) {
    writeFileSync(join(folder, name), '')
    await list.add(artifact(join(folder, name)))
  }
  const names = readFileSync(join(folder, 'SHA256SUMS'), 'utf8').match(/\S+\.img/g)
  expect(names).toEqual(['a.img', 'b.img', 'c.img'])
})

test.skipIf(process.platform === 'win32')('a list that cannot be read is not replaced by a shorter one', async () => {
  const folder = temporaryFolder()
  chmodSync(folder, 0o777)
  writeFileSync(join(folder, 'server-1.img'), '')
  const list = join(folder, 'SHA256SUMS')
  writeFileSync(list, `${'a'.repeat(64)}  server-1.img\n`, { mode: 0o000 })
  const error = await asUnprivileged(() =>
    expectRejection('OUTPUT_NOT_WRITABLE', listIn(folder).add(artifact(join(folder, 'worker-1.img')))),
  )
  expect(error.message).toContain('permission denied')
  expect(readFileSync(list, 'utf8')).toContain('server-1.img')
})

test('a folder of that name is no empty list', async () => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'SHA256SUMS'))
  await expectRejection('OUTPUT_NOT_WRITABLE', listIn(folder).add(artifact(join(folder, 'worker-1.img'))))
})
