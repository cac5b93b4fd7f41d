import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { withFileDevice } from '../../src/disk/file-device.ts'
import { MemoryDevice } from '../../src/disk/memory-device.ts'
import type { ErrorCode } from '../../src/errors.ts'
import { readPartitionTable } from '../../src/partition/read-partition-table.ts'
import { expectCode, expectRejection } from '../support/expect-code.ts'
import { smallImage, temporaryFolder, testWithImages } from '../support/small-image.ts'
import { run, testWith } from '../support/validators.ts'

function writeTable(path: string, mib: number, script: string): void {
  writeFileSync(path, '')
  truncateSync(path, mib * 1024 * 1024)
  const verdict = run('sfdisk', ['-q', '--force', path], { input: script })
  if (verdict.status !== 0) throw new Error(verdict.output)
}

testWithImages('reads the partitions that sfdisk reads', async () => {
  const image = smallImage('ubuntu', temporaryFolder())
  const table = await withFileDevice(image, (device) => readPartitionTable(device, image))
  expect(table).toEqual({
    diskId: '4d8fd085',
    partitions: [
      { number: 1, type: 0x0c, bootable: false, byteStart: 2048 * 512, byteLength: 40 * 1024 * 1024 },
      {
        number: 2,
        type: 0x83,
        bootable: false,
        byteStart: 2048 * 512 + 40 * 1024 * 1024,
        byteLength: 24 * 1024 * 1024,
      },
    ],
  })
})

testWith('sfdisk')('keeps the numbers of slots when some are empty, and reads four', async () => {
  const path = join(temporaryFolder(), 'disk')
  writeTable(
    path,
    16,
    'label: dos\nlabel-id: 0x0000beef\n1: start=2048,size=2048,type=c,bootable\n3: start=8192,size=4096,type=83\n',
  )
  const three = await withFileDevice(path, (device) => readPartitionTable(device, path))
  expect(three.diskId).toBe('0000beef')
  expect(three.partitions.map(({ number, bootable }) => [number, bootable])).toEqual([
    [1, true],
    [3, false],
  ])
  writeTable(path, 16, 'label: dos\nsize=2048,type=c\nsize=2048,type=83\nsize=2048,type=83\nsize=2048,type=82\n')
  const four = await withFileDevice(path, (device) => readPartitionTable(device, path))
  expect(four.partitions.map(({ number, type }) => [number, type])).toEqual([
    [1, 0x0c],
    [2, 0x83],
    [3, 0x83],
    [4, 0x82],
  ])
})

testWith('sfdisk')('recognises a GUID partition table and refuses it with its count of partitions', async () => {
  const path = join(temporaryFolder(), 'disk')
  writeTable(path, 16, 'label: gpt\nsize=2048\nsize=2048\nsize=2048\n')
  const error = await expectRejection(
    'PARTITION_GPT_UNSUPPORTED',
    withFileDevice(path, (device) => readPartitionTable(device, path)),
  )
  expect(error.facts).toEqual({ file: path, partitionCount: 3 })
})

testWithImages('refuses a bare FAT volume, whose boot sector carries the same signature', async () => {
  const path = join(temporaryFolder(), 'fat')
  writeFileSync(path, '')
  truncateSync(path, 40 * 1024 * 1024)
  expect(run('mkfs.fat', ['-F', '32', path]).status).toBe(0)
  await expectRejection(
    'PARTITION_TABLE_MISSING',
    withFileDevice(path, (device) => readPartitionTable(device, path)),
  )
})

test.each<[string, ErrorCode, (disk: Uint8Array) => Uint8Array]>([
  ['an empty file', 'PARTITION_TABLE_MISSING', () => new Uint8Array()],
  ['a file shorter than a sector', 'PARTITION_TABLE_MISSING', () => new Uint8Array(511)],
  ['zeros', 'PARTITION_TABLE_MISSING', () => new Uint8Array(4096)],
  ['text', 'PARTITION_TABLE_MISSING', () => readFileSync(import.meta.filename)],
  ['a table without partitions', 'PARTITION_TABLE_MISSING', (disk) => disk.fill(0, 446, 510)],
  ['a partition that ends outside', 'PARTITION_TABLE_INVALID', (disk) => disk.fill(0x7f, 446 + 12, 446 + 14)],
  ['a partition without a place', 'PARTITION_TABLE_INVALID', (disk) => disk.fill(0, 446 + 8, 446 + 12)],
  ['a partition without a length', 'PARTITION_TABLE_INVALID', (disk) => disk.fill(0, 446 + 12, 446 + 16)],
  ['overlapping partitions', 'PARTITION_TABLE_INVALID', (disk) => disk.copyWithin(462, 446, 462)],
  ['a GPT that is announced and missing', 'PARTITION_TABLE_INVALID', (disk) => disk.fill(0xee, 450, 451)],
])('refuses %s', (_name, code, damage) => {
  const disk = new Uint8Array(64 * 512)
  // One partition of 8 sectors at sector 8: status 0, type 0x83.
  disk.set([0, 0, 0, 0, 0x83, 0, 0, 0, 8, 0, 0, 0, 8, 0, 0, 0], 446)
  disk.set([0x55, 0xaa], 510)
  expect(readPartitionTable(new MemoryDevice(Uint8Array.from(disk)), 'x').partitions).toHaveLength(1)
  expectCode(code, () => readPartitionTable(new MemoryDevice(damage(disk)), 'disk.img'))
})

test.each([
  ['just outside the image', [200, 0, 0, 0, 0, 0, 0, 0]],
  ['at sector 2^53', [0, 0, 0, 0, 0, 0, 0x20, 0]],
  ['at sector 2^63', [0, 0, 0, 0, 0, 0, 0, 0x80]],
  ['at sector 2^64 - 1', [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]],
])('refuses a GPT whose header names entries %s', (_case, firstSector) => {
  const disk = new Uint8Array(64 * 512)
  disk.set([0, 0, 0, 0, 0xee, 0, 0, 0, 1, 0, 0, 0, 63, 0, 0, 0], 446)
  disk.set([0x55, 0xaa], 510)
  disk.set(new TextEncoder().encode('EFI PART'), 512)
  disk.set([...firstSector, 128, 0, 0, 0, 128, 0, 0, 0], 512 + 72)
  const error = expectCode('PARTITION_TABLE_INVALID', () => readPartitionTable(new MemoryDevice(disk), 'disk.img'))
  expect(error.message).toContain('entries outside the image')
})

test('takes partitions that touch, and refuses those that overlap by one sector, in any order', () => {
  const tableWith = (second: number): MemoryDevice => {
    const disk = new Uint8Array(64 * 512)
    disk.set([0, 0, 0, 0, 0x83, 0, 0, 0, second, 0, 0, 0, 8, 0, 0, 0], 446)
    disk.set([0, 0, 0, 0, 0x83, 0, 0, 0, 8, 0, 0, 0, 8, 0, 0, 0], 462)
    disk.set([0x55, 0xaa], 510)
    return new MemoryDevice(disk)
  }
  expect(readPartitionTable(tableWith(16), 'disk.img').partitions).toHaveLength(2)
  for (const second of [15, 1]) {
    const error = expectCode('PARTITION_TABLE_INVALID', () => readPartitionTable(tableWith(second), 'disk.img'))
    expect(error.message).toContain('overlap')
  }
})

test('takes a sector with slots for no table where its signature is missing, or where the status of one slot makes no sense', () => {
  const tableWith = (change: (disk: Uint8Array) => void): MemoryDevice => {
    const disk = new Uint8Array(64 * 512)
    disk.set([0, 0, 0, 0, 0x83, 0, 0, 0, 8, 0, 0, 0, 8, 0, 0, 0], 446)
    disk.set([0, 0, 0, 0, 0x83, 0, 0, 0, 16, 0, 0, 0, 8, 0, 0, 0], 462)
    disk.set([0x55, 0xaa], 510)
    change(disk)
    return new MemoryDevice(disk)
  }
  const refused = (change: (disk: Uint8Array) => void): unknown =>
    expectCode('PARTITION_TABLE_MISSING', () => readPartitionTable(tableWith(change), 'disk.img')).facts
  expect(
    readPartitionTable(
      tableWith(() => undefined),
      'disk.img',
    ).partitions,
  ).toHaveLength(2)
  expect(refused((disk) => disk.fill(0, 510, 511))).toEqual({ file: 'disk.img' })
  expect(refused((disk) => disk.fill(0, 511, 512))).toEqual({ file: 'disk.img' })
  // As the code of a boot sector may look.
  expect(refused((disk) => disk.fill(0x20, 462, 463))).toEqual({ file: 'disk.img' })
})

test('names what is wrong with a partition', () => {
  const reasonOf = (firstSector: number, sectorCount: number): string => {
    const disk = new Uint8Array(64 * 512)
    disk.set([0, 0, 0, 0, 0x83, 0, 0, 0, firstSector, 0, 0, 0, sectorCount, 0, 0, 0], 446)
    disk.set([0x55, 0xaa], 510)
    return expectCode('PARTITION_TABLE_INVALID', () => readPartitionTable(new MemoryDevice(disk), 'disk.img')).message
  }
  expect(reasonOf(0, 8)).toContain('partition 1 has no place')
  expect(reasonOf(60, 8)).toContain('partition 1 ends at byte 34816, the image at 32768')
})

describe('a GPT', () => {
  /** A disk with a protective MBR and a header that names this table, which begins at sector 2. */
  function gptWith(sectorCount: number, entryCount: number, entryByteLength: number, sector = 2): Uint8Array {
    const disk = Buffer.alloc(sectorCount * 512)
    disk.set([0, 0, 0, 0, 0xee, 0, 0, 0, 1, 0, 0, 0, 63, 0, 0, 0], 446)
    disk.set([0x55, 0xaa], 510)
    disk.write('EFI PART', 512)
    disk.writeUInt32LE(sector, 512 + 72)
    disk.writeUInt32LE(entryCount, 512 + 80)
    disk.writeUInt32LE(entryByteLength, 512 + 84)
    return disk
  }
  const factsOf = (disk: Uint8Array, code: ErrorCode): object =>
    expectCode(code, () => readPartitionTable(new MemoryDevice(disk), 'disk.img')).facts ?? {}
  const outside = { file: 'disk.img', reason: 'its GPT header names entries outside the image' }

  test('that is announced and missing is named', () => {
    const disk = gptWith(64, 128, 128)
    disk.fill(0, 512, 520)
    const reason = 'its MBR announces a GPT that is not there'
    expect(factsOf(disk, 'PARTITION_TABLE_INVALID')).toEqual({ file: 'disk.img', reason })
  })

  test('counts the entries whose type is not zero, and reads no entry behind the last', () => {
    const disk = gptWith(4, 8, 128)
    // One byte of the type is enough; other bytes of an entry say nothing.
    for (const [entry, byte] of [
      [0, 0],
      [3, 15],
      [7, 8],
      [5, 16],
    ] as const)
      disk[1024 + entry * 128 + byte] = 1
    expect(factsOf(disk, 'PARTITION_GPT_UNSUPPORTED')).toEqual({ file: 'disk.img', partitionCount: 3 })
  })

  test.each([
    ['a sector too few', gptWith(3, 8, 128)],
    ['entries of less than 128 bytes', gptWith(64, 8, 127)],
    ['entries of no length', gptWith(64, 8, 0)],
    ['entries of more than 1 MiB', gptWith(4096, 8193, 128)],
  ])('with %s is refused', (_what, disk) => {
    expect(factsOf(disk, 'PARTITION_TABLE_INVALID')).toEqual(outside)
  })

  test('with entries of 1 MiB is read', () => {
    expect(factsOf(gptWith(2050, 8192, 128), 'PARTITION_GPT_UNSUPPORTED')).toMatchObject({ partitionCount: 0 })
  })
})
