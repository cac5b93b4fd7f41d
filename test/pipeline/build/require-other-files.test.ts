import { linkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type ReadIdentity, requireOtherFiles } from '../../../src/pipeline/build/require-other-files.ts'
import { expectRejection } from '../../support/expect-code.ts'
import { temporaryFolder } from '../../support/small-image.ts'

/** Neighbouring files of NTFS: 48 bits of an index, below 16 bits that count how often it was used. */
const used = 40n << 48n
const numbers = new Map([
  ['base.img', used | 123_456n],
  ['out/worker-1.img', used | 123_457n],
  ['link.img', used | 123_456n],
])
const ntfs: ReadIdentity = (path) => {
  const ino = numbers.get(path)
  return ino === undefined ? Promise.reject(new Error('ENOENT')) : Promise.resolve({ dev: 7n, ino })
}
const base = { path: 'base.img', source: 'https://downloads.example.org/base.img.xz' }

test('files whose numbers differ only in the last of 64 bits are different files', async () => {
  expect(Number(used | 123_456n)).toBe(Number(used | 123_457n))
  await requireOtherFiles([base], ['out/worker-1.img', 'out/absent.img'], ntfs)
})

test('a second name of a base image is refused', async () => {
  const { facts } = await expectRejection('OUTPUT_IS_BASE', requireOtherFiles([base], ['link.img'], ntfs))
  expect(facts).toEqual({ path: 'link.img' })
})

test('the same number on another device is another file', async () => {
  const read: ReadIdentity = (path) => Promise.resolve({ dev: path === 'base.img' ? 1n : 2n, ino: 5n })
  await requireOtherFiles([{ path: 'base.img', source: 'base.img' }], ['out/worker-1.img'], read)
})

test('files of this machine are told apart, and a link is not', async () => {
  const folder = temporaryFolder()
  const [image, other, link] = ['a.img', 'b.img', 'c.img'].map((name) => join(folder, name)) as [string, string, string]
  writeFileSync(image, '')
  writeFileSync(other, '')
  linkSync(image, link)
  await requireOtherFiles([{ path: image, source: image }], [other])
  await expectRejection('OUTPUT_IS_BASE', requireOtherFiles([{ path: image, source: image }], [other, link]))
})
