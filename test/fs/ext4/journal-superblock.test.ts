// @module-tag slow
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { crc32c } from '../../../src/fs/ext4/crc32c.ts'
import { expectCode } from '../../support/expect-code.ts'
import { check, damageOf, directoryOf, e2fsck, makeVolume, withRequests } from '../../support/ext4-volumes.ts'
import { memoryFolder } from '../../support/small-image.ts'
import { testWith } from '../../support/validators.ts'

const test = testWith('mke2fs', 'e2fsck', 'debugfs')

const PLAIN = ['^metadata_csum,^uninit_bg', '-b', '1024', '-J', 'size=2'] as const
/** Blocks of the journal. */
const BLOCK_COUNT = 2048

/** Makes a volume in whose journal superblock some numbers are changed. */
function withNumbers(changes: readonly (readonly [number, number])[], spoil?: (superblock: Buffer) => void): Buffer {
  const bytes = makeVolume(...PLAIN)
  const start = directoryOf(bytes, '<8>').firstBlock * 1024
  const superblock = bytes.subarray(start, start + 1024)
  expect(superblock.readUInt32BE(0x10)).toBe(BLOCK_COUNT)
  for (const [offset, value] of changes) superblock.writeUInt32BE(value, offset)
  superblock.writeUInt32BE(0, 0xfc)
  superblock.writeUInt32BE(crc32c(0xffffffff, superblock), 0xfc)
  spoil?.(superblock)
  return bytes
}

const VERSION_1 = [0x04, 3] as const
const CHECKSUM_V2 = [0x28, 0x8] as const
const CHECKSUM_V3 = [0x28, 0x10] as const
const CRC32C = [0x50, 0x04000000] as const
const FAST_COMMIT = [0x28, 0x20] as const

test.each<[string, readonly (readonly [number, number])[]]>([
  ['of version 1, behind which nothing counts', [VERSION_1, [0x28, 0x60], [0x2c, 1], [0x54, 2000]]],
  ['with all features that e2fsck knows', [[0x28, 0x37], CRC32C]],
  ['with checksums of version 2', [CHECKSUM_V2, CRC32C]],
  ['with checksums of version 3', [CHECKSUM_V3, CRC32C]],
  ['with checksums of version 1', [[0x24, 1]]],
  ['with an unknown compatible feature', [[0x24, 2]]],
  ['without users', [[0x40, 0]]],
  ['that is shorter than its file', [[0x10, 1024]]],
  ['with the most fast commits', [FAST_COMMIT, [0x54, 1024]]],
  ['with fast commits of the usual count', [FAST_COMMIT, [0x10, 1280]]],
])('takes a journal %s', (_name, changes) => {
  const bytes = withNumbers(changes)
  const verdict = e2fsck(bytes)
  expect(verdict, verdict.output).toMatchObject({ status: 0 })
  check(bytes)
})

test.each<[string, readonly (readonly [number, number])[], ((superblock: Buffer) => void)?]>([
  ['another magic number', [[0x00, 0xc03b3999]]],
  ['another kind', [[0x04, 1]]],
  ['another length of blocks', [[0x0c, 4096]]],
  ['more blocks than its file', [[0x10, BLOCK_COUNT + 1]]],
  ['an unknown incompatible feature', [[0x28, 0x40]]],
  ['an unknown read-only feature', [[0x2c, 1]]],
  ['two users', [[0x40, 2]]],
  ['checksums of versions 2 and 3', [[0x28, 0x18], CRC32C]],
  ['checksums of versions 1 and 3', [[0x24, 1], CHECKSUM_V3, CRC32C]],
  ['checksums of versions 1 and 2', [[0x24, 1], CHECKSUM_V2, CRC32C]],
  ['checksums of another type', [CHECKSUM_V3, [0x50, 0x01000000]]],
  ['a wrong checksum', [CHECKSUM_V3, CRC32C], (superblock) => void superblock.writeUInt8(1, 0x3ff)],
  ['a wrong checksum of version 2', [CHECKSUM_V2, CRC32C], (superblock) => void superblock.writeUInt8(1, 0x3ff)],
  ['a checksum with a wrong bit', [CHECKSUM_V3, CRC32C], (at) => void at.writeUInt8(at.readUInt8(0xff) ^ 1, 0xff)],
  ['too many fast commits', [FAST_COMMIT, [0x54, 1025]]],
  ['no room for the usual count of fast commits', [FAST_COMMIT, [0x10, 1279]]],
])('refuses a journal with %s, as e2fsck does', (_name, changes, spoil) => {
  const bytes = withNumbers(changes, spoil)
  const verdict = e2fsck(bytes)
  expect(verdict, verdict.output).toMatchObject({ status: 12 })
  expect(damageOf(bytes)).toMatch(/its journal is damaged/)
})

test.each<[string, readonly (readonly [number, number])[]]>([
  ['too few blocks', [[0x10, 1023]]],
  ['no first block', [[0x14, 0]]],
  ['a first block behind the last', [[0x14, BLOCK_COUNT]]],
])('refuses a journal with %s, as Linux does', (_name, changes) => {
  const bytes = withNumbers(changes)
  expect(e2fsck(bytes).status).toBe(0)
  expect(damageOf(bytes)).toMatch(/its journal is damaged/)
})

test.each<[string, RegExp, string]>([
  ['that is too short', /its journal is damaged/, 'sif <8> size 1047552'],
  ['that is longer than its blocks', /its journal is damaged/, 'sif <8> size 1048577'],
  ['that is encrypted', /its journal is damaged/, 'sif <8> flags 0x80800'],
  ['that is no file', /its journal is damaged/, 'sif <8> mode 0120600'],
  ['that is not in use', /its journal is missing/, 'ssv journal_inum 0'],
  ['in an inode that is free', /its journal is missing/, 'ssv journal_inum 1500'],
  ['in a file without blocks', /its journal is missing/, 'ssv journal_inum 100'],
])('refuses a journal %s, as e2fsck does', (_name, damage, request) => {
  const bytes = withRequests(makeVolume('^metadata_csum,^uninit_bg', '-b', '1024'), request)
  const verdict = e2fsck(bytes)
  expect(verdict, verdict.output).toMatchObject({ status: 12 })
  expect(damageOf(bytes)).toMatch(damage)
})

test('a journal has as many blocks as its size has in whole', () => {
  const bytes = withNumbers([[0x10, BLOCK_COUNT - 1]])
  const short = withRequests(bytes, `sif <8> size ${BLOCK_COUNT * 1024 - 1}`)
  const verdict = e2fsck(short)
  expect(verdict, verdict.output).toMatchObject({ status: 0 })
  check(short)
  short.writeUInt32BE(BLOCK_COUNT, directoryOf(short, '<8>').firstBlock * 1024 + 0x10)
  expect(e2fsck(short).status).toBe(12)
  expect(damageOf(short)).toMatch(/its journal is damaged/)
})

test('takes a journal in a file with a name, as tune2fs makes it in a mounted volume', () => {
  const source = join(memoryFolder(), 'journal')
  const journal = Buffer.alloc(1024 * 1024, 'x').fill(0, 0, 1024)
  const numbers = [0xc03b3998, 4, 0, 1024, 1024, 1, 1]
  for (const [index, number] of numbers.entries()) journal.writeUInt32BE(number, index * 4)
  writeFileSync(source, journal)
  const written = withRequests(makeVolume('^has_journal,^metadata_csum', '-b', '1024'), `write ${source} /.journal`)
  const { number } = directoryOf(written, '/.journal')
  const bytes = withRequests(written, 'feature has_journal', `ssv journal_inum ${number}`)
  const verdict = e2fsck(bytes)
  expect(verdict, verdict.output).toMatchObject({ status: 0 })
  check(bytes)
  bytes.writeUInt8(1, directoryOf(bytes, '/.journal').firstBlock * 1024)
  expect(e2fsck(bytes).status).toBe(12)
  expect(damageOf(bytes)).toMatch(/its journal is damaged/)
})

test.each([
  ['a UUID', 'ssv journal_uuid 00000000-1111-2222-3333-444444444444'],
  ['a device', 'ssv journal_dev 0x801'],
])('refuses a journal on another device, which is named by %s', (_name, request) => {
  const bytes = withRequests(makeVolume(...PLAIN), request, 'ssv journal_inum 0')
  expect(e2fsck(bytes).status).toBe(12)
  const { message } = expectCode('EXT4_FEATURE_UNSUPPORTED', () => {
    check(bytes)
  })
  expect(message).toContain('a journal on another device')
})

test('without a journal, what names one does not count', () => {
  const bytes = withRequests(makeVolume('^has_journal,^metadata_csum', '-b', '1024'), 'ssv journal_dev 0x801')
  expect(e2fsck(bytes).status).toBe(0)
  check(bytes)
})
