// @module-tag slow
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { MemoryDevice } from '../../../src/disk/memory-device.ts'
import { withExt4Reader, withExt4Writer } from '../../../src/fs/ext4/ext4-volume.ts'
import type { LinkWriter } from '../../../src/fs/file-system.ts'
import { temporaryFolder } from '../../support/small-image.ts'
import { run, testWith } from '../../support/validators.ts'

const test = testWith('mke2fs', 'e2fsck', 'debugfs')
const CLOCK = new Date('2025-06-07T23:58:41Z')
const PLAIN = { mode: 0o644, uid: 0, gid: 0 }

/** Each is made in the folder `full`. */
const operations: readonly (readonly [string, (volume: LinkWriter) => Promise<void>])[] = [
  ['a folder', (volume) => volume.makeFolder('full/a-folder', { mode: 0o700, uid: 0, gid: 0 })],
  ['a file in a new folder', (volume) => volume.writeFile('full/folder/file', Uint8Array.of(1), PLAIN)],
  ['a file', (volume) => volume.writeFile('full/a-new-file', Uint8Array.of(1), PLAIN)],
  ['a link', (volume) => volume.writeLink('full/a-new-link', 'target')],
  ['a link that needs a block', (volume) => volume.writeLink('full/a-new-link', 'target/'.repeat(12))],
]

/** Bytes of a directory entry with a name of four characters. */
const ENTRY_BYTES = 12
/** `.` and `..`, and the checksum at the end of a block. */
const DOT_BYTES = 24
const CHECKSUM_BYTES = 12

/** Counts of names that leave from no byte to a few entries of room at the end of a directory's last block. */
function countsAround(blockBytes: number): readonly number[] {
  const full = Math.floor((blockBytes - DOT_BYTES - CHECKSUM_BYTES) / ENTRY_BYTES)
  return [-4, -3, -2, -1, 0, 1, 2].map((more) => full + more)
}

test.each<[string, string, number, readonly number[], boolean]>([
  ['blocks of 1 KiB', 'metadata_csum,^64bit', 1024, countsAround(1024), false],
  ['blocks of 4 KiB', 'metadata_csum,64bit', 4096, countsAround(4096), false],
  ['no checksums', '^metadata_csum', 1024, countsAround(1024), false],
  ['block maps instead of extents', '^extent,^64bit,^metadata_csum', 1024, countsAround(1024), false],
  ['an index of hashes', 'dir_index,metadata_csum', 1024, [80, 82, 84, 165, 250], true],
  ['inline data', 'inline_data', 1024, [...Array(8).keys(), ...countsAround(1024)], false],
])('expands a directory that is full: %s', async (_name, features, blockBytes, counts, indexed) => {
  const folder = temporaryFolder()
  const path = join(folder, 'ext4')
  const made = run('mke2fs', ['-q', '-t', 'ext4', '-b', String(blockBytes), '-O', features, path, '4M'])
  expect(made, made.output).toMatchObject({ status: 0 })
  const empty = readFileSync(path)
  for (const count of counts) {
    writeFileSync(path, empty)
    fill(path, folder, count)
    // e2fsck's option -D gives directories of several blocks an index.
    if (indexed) run('e2fsck', ['-fyD', path])
    const filled = readFileSync(path)
    for (const [name, operate] of operations) {
      const bytes = Uint8Array.from(filled)
      await withExt4Writer(new MemoryDevice(bytes), CLOCK, operate)
      writeFileSync(path, bytes)
      const verdict = run('e2fsck', ['-fn', path])
      expect(verdict, `${name} after ${count}: ${verdict.output}`).toMatchObject({ status: 0 })
      const names = await withExt4Reader(new MemoryDevice(bytes), (volume) => volume.list('full'))
      expect(names, `${name} after ${count}`).toHaveLength(count + 1)
    }
  }
})

test('fills directories with folders up to the last inode', async () => {
  const path = join(temporaryFolder(), 'ext4')
  run('mke2fs', ['-q', '-t', 'ext4', '-b', '1024', '-O', 'metadata_csum', '-N', '512', path, '4M'])
  const bytes = Uint8Array.from(readFileSync(path))
  await withExt4Writer(new MemoryDevice(bytes), CLOCK, async (volume) => {
    for (let index = 0; index < 300; index += 1) {
      await volume.makeFolder(`many/folder-${index}`, { mode: 0o755, uid: 0, gid: 0 })
    }
  })
  writeFileSync(path, bytes)
  const verdict = run('e2fsck', ['-fn', path])
  expect(verdict, verdict.output).toMatchObject({ status: 0 })
})

function fill(path: string, folder: string, count: number): void {
  const source = join(folder, 'source')
  writeFileSync(source, '')
  const names = Array.from({ length: count }, (_, index) => `f${String(index).padStart(3, '0')}`)
  const requests = ['mkdir full', 'cd full', ...names.map((name) => `write ${source} ${name}`)]
  expect(run('debugfs', ['-w', '-f', '-', path], { input: `${requests.join('\n')}\n` }).status).toBe(0)
}
