// @module-tag slow
import { expect } from 'vitest'
import { check, damageOf, directoryOf, e2fsck, makeVolume, withRequests } from '../../support/ext4-volumes.ts'
import { testWith } from '../../support/validators.ts'

const test = testWith('mke2fs', 'e2fsck', 'debugfs')

const PLAIN = ['^metadata_csum,^uninit_bg', '-b', '1024'] as const
const WITHOUT_EXTENTS = ['^metadata_csum,^uninit_bg,^extent,^64bit', '-b', '1024'] as const

test.each([
  ['/long-link', 'size 0'],
  ['/long-link', 'size 59'],
  ['/long-link', 'size 199'],
  ['/long-link', 'size 201'],
  ['/long-link', 'size 4294967496'],
  ['/long-link', 'flags 0x81000'],
  ['/short-link', 'size 0'],
  ['/short-link', 'size 5'],
  ['/short-link', 'size 13'],
  ['/short-link', 'size 60'],
  ['/short-link', 'flags 0x80000'],
  ['/short-link', 'flags 0x1000'],
])('refuses a damaged link, as e2fsck does: %s with %s', (link, field) => {
  for (const [features, ...options] of [PLAIN, WITHOUT_EXTENTS]) {
    const bytes = withRequests(makeVolume(features, ...options), `sif ${link} ${field}`)
    expect(e2fsck(bytes).status).toBe(4)
    expect(damageOf(bytes)).toMatch(/link inode|has \d+ blocks|damaged extent tree|outside of the volume|has extents/)
  }
})

test.each<[string, (target: Buffer) => void]>([
  ['is shorter', (target) => void target.writeUInt8(0, 100)],
  ['is longer', (target) => void target.write('x', 200)],
  ['does not end', (target) => void target.fill('x')],
  ['is empty', (target) => void target.writeUInt8(0, 0)],
])('refuses a link whose target %s, and reads it only where everything is read', (_name, spoil) => {
  const bytes = makeVolume(...PLAIN)
  const start = directoryOf(bytes, '/long-link').firstBlock * 1024
  spoil(bytes.subarray(start, start + 1024))
  expect(e2fsck(bytes).status).toBe(4)
  expect(damageOf(bytes)).toMatch(/link inode \d+ is damaged/)
  check(bytes, 'allocation')
})

test('refuses an empty link with an empty block', () => {
  const bytes = withRequests(makeVolume(...PLAIN), 'sif /long-link size 0')
  const start = directoryOf(bytes, '/long-link').firstBlock * 1024
  bytes.fill(0, start, start + 1024)
  expect(e2fsck(bytes).status).toBe(4)
  expect(damageOf(bytes)).toMatch(/link inode \d+ is damaged/)
})

test('refuses a link of two blocks', () => {
  const bytes = withRequests(makeVolume(...PLAIN), 'fallocate /long-link 1 1')
  expect(e2fsck(bytes)).toMatchObject({ status: 4, output: expect.stringContaining('is invalid') as string })
  expect(damageOf(bytes)).toMatch(/link inode \d+ is damaged/)
})

test('refuses an encrypted target that does not end in its block', () => {
  const bytes = withRequests(
    makeVolume('encrypt,^metadata_csum', '-b', '1024'),
    'sif /long-link size 1024',
    'sif /long-link flags 0x80800',
  )
  bytes.writeUInt16LE(1022, bytes.indexOf('x'.repeat(200)))
  expect(e2fsck(bytes).output).toMatch(/[Ss]ymlink .*invalid/)
  expect(damageOf(bytes)).toMatch(/link inode \d+ is damaged/)
})

test.each([59, 60, 1023])('takes a link with a target of %d bytes', (byteLength) => {
  const bytes = withRequests(makeVolume(...PLAIN), `symlink /another ${'y'.repeat(byteLength)}`)
  const verdict = e2fsck(bytes)
  expect(verdict, verdict.output).toMatchObject({ status: 0 })
  check(bytes)
})

test('takes a link in inline data', () => {
  const bytes = withRequests(makeVolume('inline_data', '-b', '1024'), `symlink /another ${'y'.repeat(80)}`)
  const verdict = e2fsck(bytes)
  expect(verdict, verdict.output).toMatchObject({ status: 0 })
  check(bytes)
})

test.each([
  ['short', 12, 10],
  ['long', 200, 198],
])('reads the length of an encrypted target where it begins: %s', (kind, byteLength, noted) => {
  const bytes = withRequests(makeVolume('encrypt,^metadata_csum', '-b', '1024'), `sif /${kind}-link size ${byteLength}`)
  const at = bytes.indexOf(kind === 'short' ? 'etc/hostname' : 'x'.repeat(200))
  bytes.writeUInt16LE(noted, at)
  const encrypted = withRequests(bytes, `sif /${kind}-link flags ${kind === 'short' ? '0x800' : '0x80800'}`)
  expect(e2fsck(encrypted).output).not.toMatch(/[Ss]ymlink .*invalid/)
  check(encrypted)
  encrypted.writeUInt16LE(noted + 1, at)
  expect(e2fsck(encrypted).output).toMatch(/[Ss]ymlink .*invalid/)
  expect(damageOf(encrypted)).toMatch(/link inode \d+ is damaged/)
})
