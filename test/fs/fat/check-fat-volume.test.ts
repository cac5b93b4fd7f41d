// @module-tag slow
import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { MemoryDevice } from '../../../src/disk/memory-device.ts'
import { decodeFatBootSector } from '../../../src/fs/fat/boot-sector.ts'
import { checkFatVolume, type FatFindings, readFatTable } from '../../../src/fs/fat/check-fat-volume.ts'
import { requireSoundFat, withFatReader } from '../../../src/fs/fat/fat-volume.ts'
import { expectCode } from '../../support/expect-code.ts'
import { randomNumbers } from '../../support/random-numbers.ts'
import { temporaryFolder } from '../../support/small-image.ts'
import { run, testWith } from '../../support/validators.ts'

const test = testWith('mkfs.fat', 'fsck.fat', 'mcopy', 'mmd', 'mdel')

type Kind = 'FAT12' | 'FAT16' | 'FAT32'

const made = new Map<Kind, Buffer>()

/** A volume with files of several FAT clusters, long names, folders and removed files. */
function volume(kind: Kind): Buffer {
  const known = made.get(kind)
  if (known !== undefined) return Buffer.from(known)
  const path = join(temporaryFolder(), 'fat')
  writeFileSync(path, '')
  truncateSync(path, { FAT12: 1, FAT16: 3, FAT32: 34 }[kind] * 1024 * 1024)
  expect(run('mkfs.fat', ['--invariant', '-F', kind.slice(3), '-s', '1', '-n', 'bootfs', path]).status).toBe(0)
  const copy = (name: string, byteLength: number): void => {
    expect(run('mcopy', ['-i', path, '-', `::${name}`], { input: Buffer.alloc(byteLength, name) }).status).toBe(0)
  }
  copy('CONFIG.TXT', 1500)
  copy('gone with a long name', 700)
  copy('a file with a long name.txt', 2000)
  run('mmd', ['-i', path, '::overlays', '::overlays/deeper'])
  copy('overlays/one.dtbo', 512)
  copy('overlays/deeper/empty', 0)
  run('mdel', ['-i', path, '::gone with a long name'])
  const bytes = readFileSync(path)
  made.set(kind, bytes)
  return Buffer.from(bytes)
}

function check(bytes: Uint8Array): FatFindings {
  const bootSector = decodeFatBootSector(bytes.subarray(0, 512)) ?? expect.fail('no boot sector')
  return checkFatVolume(new MemoryDevice(bytes), bootSector)
}

function fsck(bytes: Uint8Array): { status: number; output: string } {
  const path = join(temporaryFolder(), 'judged')
  writeFileSync(path, bytes)
  return run('fsck.fat', ['-n', path])
}

function layoutOf(bytes: Uint8Array): { fats: readonly number[]; fatBytes: number; dataStart: number } {
  const bootSector = decodeFatBootSector(bytes.subarray(0, 512)) ?? expect.fail('no boot sector')
  const { reservedSectors, sectorsPerFat, firstDataSector } = bootSector
  const fatBytes = sectorsPerFat * 512
  return {
    fats: [reservedSectors * 512, reservedSectors * 512 + fatBytes],
    fatBytes,
    dataStart: firstDataSector * 512,
  }
}

/** Sets an entry of both FATs of a FAT32 volume. */
function setEntry(bytes: Buffer, cluster: number, value: number): void {
  for (const fat of layoutOf(bytes).fats) bytes.writeUInt32LE(value, fat + cluster * 4)
}

/** Finds a directory entry by its short name of eleven characters. */
function entryOf(bytes: Buffer, shortName: string): number {
  const at = bytes.indexOf(shortName, layoutOf(bytes).dataStart, 'latin1')
  expect(at).toBeGreaterThan(0)
  return at
}

function firstClusterOf(bytes: Buffer, shortName: string): number {
  return bytes.readUInt16LE(entryOf(bytes, shortName) + 26)
}

test.each<Kind>(['FAT12', 'FAT16', 'FAT32'])('finds nothing in a sound %s, and counts what is free', (kind) => {
  const bytes = volume(kind)
  const verdict = fsck(bytes)
  expect(verdict, verdict.output).toMatchObject({ status: 0 })
  const [, used, total] = /, (\d+)\/(\d+) clusters/.exec(verdict.output) ?? []
  expect(check(bytes)).toEqual({ dirtyPlace: null, damage: null })
  const bootSector = decodeFatBootSector(bytes.subarray(0, 512)) ?? expect.fail('no boot sector')
  expect(readFatTable(new MemoryDevice(bytes), bootSector).freeClusterCount).toBe(Number(total) - Number(used))
})

test.each<[string, RegExp, (bytes: Buffer) => void]>([
  [
    'a FAT that differs from the other',
    /FATs differ/,
    (bytes) => void bytes.writeUInt8(7, layoutOf(bytes).fats[1] ?? 0),
  ],
  [
    'a first entry that is none',
    /first entry/,
    (bytes) => {
      setEntry(bytes, 0, 0x00fffff8)
    },
  ],
  [
    'a chain that ends too early',
    /CONFIG\.TXT has 1 FAT clusters, but its size needs 3/,
    (bytes) => {
      setEntry(bytes, firstClusterOf(bytes, 'CONFIG  TXT'), 0x0fffffff)
    },
  ],
  [
    'a chain that goes on',
    /CONFIG\.TXT has 3 FAT clusters, but its size needs 2/,
    (bytes) => void bytes.writeUInt32LE(1024, entryOf(bytes, 'CONFIG  TXT') + 28),
  ],
  [
    'a free FAT cluster in a chain',
    /CONFIG\.TXT holds FAT cluster \d+, which is free/,
    (bytes) => {
      setEntry(bytes, firstClusterOf(bytes, 'CONFIG  TXT') + 1, 0)
    },
  ],
  [
    'a bad FAT cluster in a chain',
    /CONFIG\.TXT holds FAT cluster \d+, which is bad/,
    (bytes) => {
      setEntry(bytes, firstClusterOf(bytes, 'CONFIG  TXT') + 1, 0x0ffffff7)
    },
  ],
  [
    'a chain into the file of another',
    /shares FAT cluster/,
    (bytes) => {
      setEntry(bytes, firstClusterOf(bytes, 'CONFIG  TXT') + 1, firstClusterOf(bytes, 'ONE~1   DTB'))
    },
  ],
  [
    'a chain that is a circle',
    /shares FAT cluster/,
    (bytes) => {
      setEntry(bytes, firstClusterOf(bytes, 'CONFIG  TXT') + 1, firstClusterOf(bytes, 'CONFIG  TXT'))
    },
  ],
  [
    'a chain that leaves the volume',
    /outside of the volume/,
    (bytes) => {
      setEntry(bytes, firstClusterOf(bytes, 'CONFIG  TXT'), 0x00ffffff)
    },
  ],
  [
    'FAT clusters of no file',
    /2 of its FAT clusters are in use, but belong to no file/,
    (bytes) => {
      setEntry(bytes, 5000, 5001)
      setEntry(bytes, 5001, 0x0fffffff)
    },
  ],
  [
    'a name that is there twice',
    /holds a name twice/,
    (bytes) => {
      const deeper = layoutOf(bytes).dataStart + (firstClusterOf(bytes, 'OVERLAYS   ') - 2) * 512
      bytes.copyWithin(deeper + 11 * 32, deeper + 64, deeper + 96)
      bytes.copyWithin(deeper + 96, deeper + 64, deeper + 96)
    },
  ],
  [
    'a forbidden character',
    /is no name/,
    (bytes) => void bytes.write('CON?IG', entryOf(bytes, 'CONFIG  TXT'), 'latin1'),
  ],
  ['a blank before a name', /is no name/, (bytes) => void bytes.write(' ', entryOf(bytes, 'CONFIG  TXT'), 'latin1')],
  [
    'a folder with a size',
    /is a folder with a size/,
    (bytes) => void bytes.writeUInt32LE(1, entryOf(bytes, 'OVERLAYS   ') + 28),
  ],
  [
    'a folder that does not name the folder above',
    /does not begin with the entries of itself/,
    (bytes) => {
      const folder = layoutOf(bytes).dataStart + (firstClusterOf(bytes, 'OVERLAYS   ') - 2) * 512
      bytes.writeUInt16LE(9, folder + 32 + 26)
    },
  ],
  [
    'a folder that does not name itself',
    /does not begin with the entries of itself/,
    (bytes) => {
      const folder = layoutOf(bytes).dataStart + (firstClusterOf(bytes, 'OVERLAYS   ') - 2) * 512
      bytes.writeUInt16LE(9, folder + 26)
    },
  ],
])('finds %s, as fsck.fat does', (_name, damage, spoil) => {
  const bytes = volume('FAT32')
  spoil(bytes)
  expect(fsck(bytes).status).toBe(1)
  expect(check(bytes).damage).toMatch(damage)
  expectCode('FAT_DAMAGED', () => {
    requireSoundFat(new MemoryDevice(bytes))
  })
})

test('a FAT cluster that is marked as bad belongs to no file, and is no damage', () => {
  const bytes = volume('FAT16')
  for (const fat of layoutOf(bytes).fats) bytes.writeUInt16LE(0xfff7, fat + 2 * 4500)
  expect(fsck(bytes).status).toBe(0)
  expect(check(bytes).damage).toBeNull()
})

test('refuses a FAT that is too short for its FAT clusters', () => {
  const bytes = volume('FAT32')
  bytes.writeUInt32LE(Math.floor(bytes.readUInt32LE(36) * 0.6), 36)
  expectCode('FAT_INVALID', () => {
    requireSoundFat(new MemoryDevice(bytes))
  })
})

test('FAT12 has no bit that says that it is in use', () => {
  const bytes = volume('FAT12')
  // The second entry is the upper half of bytes 1 and 2.
  for (const fat of layoutOf(bytes).fats) bytes.writeUInt8(0x7f, fat + 2)
  expect(check(bytes).dirtyPlace).toBeNull()
})

test('the first entry may hold the media byte 0xf0', () => {
  const bytes = volume('FAT32')
  setEntry(bytes, 0, 0x0ffffff0)
  expect(check(bytes).damage).toBeNull()
})

test.each<[Kind, string, (bytes: Buffer) => void]>([
  ['FAT32', 'its boot sector', (bytes) => void bytes.writeUInt8(1, 65)],
  ['FAT16', 'its boot sector', (bytes) => void bytes.writeUInt8(1, 37)],
  ['FAT12', 'its boot sector', (bytes) => void bytes.writeUInt8(1, 37)],
  [
    'FAT32',
    'its FAT',
    (bytes) => {
      setEntry(bytes, 1, 0x07ffffff)
    },
  ],
  [
    'FAT16',
    'its FAT',
    (bytes) => {
      for (const fat of layoutOf(bytes).fats) bytes.writeUInt16LE(0x7fff, fat + 2)
    },
  ],
])('a %s that %s marks as in use is read, but not written', async (kind, place, spoil) => {
  const bytes = volume(kind)
  spoil(bytes)
  expect(fsck(bytes)).toMatchObject({ status: 1, output: expect.stringContaining('Dirty bit is set') as string })
  const error = expectCode('FAT_DIRTY', () => {
    requireSoundFat(new MemoryDevice(bytes))
  })
  expect(error.message).toContain(place)
  expect(error.hint).toContain('--repair')
  await withFatReader(new MemoryDevice(bytes), async (one) => {
    expect((await one.readFile('config.txt'))?.byteLength).toBe(1500)
  })
})

test.each<Kind>(['FAT12', 'FAT16', 'FAT32'])('of wrong bits in a %s, finds those that fsck.fat repairs', (kind) => {
  const random = randomNumbers(7)
  const original = volume(kind)
  const { fats, dataStart } = layoutOf(original)
  const rootStart = (fats[1] ?? 0) + layoutOf(original).fatBytes
  for (let round = 0; round < (kind === 'FAT32' ? 20 : 100); round += 1) {
    const bytes = Buffer.from(original)
    const inFat = round % 2 === 0
    const at = inFat ? (fats[0] ?? 0) + random(64) : rootStart + random(Math.max(dataStart - rootStart, 0) + 5 * 512)
    const flip = (offset: number): void => void bytes.writeUInt8((bytes[offset] ?? 0) ^ (1 << (round % 8)), offset)
    flip(at)
    if (inFat) flip(at + (fats[1] ?? 0) - (fats[0] ?? 0))
    const verdict = fsck(bytes)
    const { damage, dirtyPlace } = check(bytes)
    // A label is no damage. Its entry in the root directory and its copy in the boot sector may differ.
    if (verdict.status === 1 && /[Ll]abel/.test(verdict.output)) continue
    if (verdict.status !== 0) expect(damage ?? dirtyPlace, `round ${round}: ${verdict.output}`).not.toBeNull()
  }
})
