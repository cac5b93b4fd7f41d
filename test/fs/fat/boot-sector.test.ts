import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { decodeFatBootSector } from '../../../src/fs/fat/boot-sector.ts'
import { temporaryFolder } from '../../support/small-image.ts'
import { run, testWith } from '../../support/validators.ts'

const test = testWith('mkfs.fat', 'fsck.fat')

function makeVolume(mib: number, ...options: readonly string[]): { path: string; sector: Uint8Array } {
  const path = join(temporaryFolder(), 'fat')
  writeFileSync(path, '')
  truncateSync(path, mib * 1024 * 1024)
  const verdict = run('mkfs.fat', [...options, path])
  if (verdict.status !== 0) throw new Error(verdict.output)
  return { path, sector: readFileSync(path).subarray(0, 512) }
}

test.each([
  ['FAT32', 512, ['-F', '32', '-s', '1', '-n', 'bootfs']],
  ['FAT32', 512, ['-F', '32', '-s', '4', '-n', 'bootfs']],
  ['FAT16', 64, ['-F', '16', '-n', 'bootfs']],
  ['FAT12', 2, ['-F', '12', '-n', 'bootfs']],
] as const)('%s of %i MiB: counts the clusters that fsck.fat counts', (type, mib, options) => {
  const { path, sector } = makeVolume(mib, ...options)
  const clusters = / (\d+) data clusters|\/(\d+) clusters/.exec(run('fsck.fat', ['-n', '-v', path]).output)
  const decoded = decodeFatBootSector(sector)
  expect(decoded).toMatchObject({ type, bytesPerSector: 512, fatCount: 2, label: 'bootfs', mirrored: true })
  expect(decoded?.clusterCount).toBe(Number(clusters?.[1] ?? clusters?.[2]))
})

test.each([
  ['signature', 510, [0, 0]],
  ['bytes per sector', 11, [0, 3]],
  ['sectors per cluster', 13, [3]],
  ['reserved sectors', 14, [0, 0]],
  ['count of FATs', 16, [0]],
  ['length of a FAT', 36, [0, 0, 0, 0]],
  ['total sectors', 32, [1, 0, 0, 0]],
] as const)('takes a volume with damaged %s for no FAT volume', (_field, offset, bytes) => {
  const sector = Uint8Array.from(makeVolume(64, '-F', '32').sector)
  expect(decodeFatBootSector(sector)).not.toBeNull()
  sector.set(bytes, offset)
  expect(decodeFatBootSector(sector)).toBeNull()
})

test('detects that only one FAT is kept up to date', () => {
  const sector = Uint8Array.from(makeVolume(64, '-F', '32').sector)
  sector[40] = 0x80
  expect(decodeFatBootSector(sector)?.mirrored).toBe(false)
})

test.each([
  [4084, 'FAT12'],
  [4085, 'FAT16'],
  [65_524, 'FAT16'],
  [65_525, 'FAT32'],
] as const)('a volume of %i FAT clusters is %s', (clusterCount, type) => {
  const sector = Buffer.from(makeVolume(40, '-F', '32', '-s', '1').sector)
  const { totalSectors = 0, clusterCount: count = 0 } = decodeFatBootSector(sector) ?? {}
  sector.writeUInt32LE(totalSectors - count + clusterCount, 32)
  expect(decodeFatBootSector(sector)).toMatchObject({ clusterCount, type, hasFat32Fields: true })
})

test('counts sectors from 2^31 on: a volume of more than a tebibyte', () => {
  const sector = Buffer.from(makeVolume(64, '-F', '32', '-s', '1').sector)
  sector[13] = 128
  sector.writeUInt32LE(2 ** 32 - 1, 32)
  const { firstDataSector = 0, ...decoded } = decodeFatBootSector(sector) ?? {}
  const clusterCount = Math.floor((2 ** 32 - 1 - firstDataSector) / 128)
  expect(decoded).toMatchObject({ totalSectors: 2 ** 32 - 1, clusterCount, type: 'FAT32' })
})
