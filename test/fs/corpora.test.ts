// @module-tag slow
/**
 * The test images of e2fsprogs and dosfstools: small volumes, most of them damaged in one way. BANTAM_CORPORA names the
 * folder into which scripts/fetch-corpora.sh put them.
 */
import { closeSync, existsSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, test as plainTest } from 'vitest'
import type { ReadableDevice, WritableDevice } from '../../src/disk/block-device.ts'
import { withFileDevice, withWritableFileDevice } from '../../src/disk/file-device.ts'
import { type ErrorCode, isBuildError } from '../../src/errors.ts'
import { requireSoundExt4 } from '../../src/fs/ext4/check-ext4-volume.ts'
import { withExt4Writer } from '../../src/fs/ext4/ext4-volume.ts'
import { requireSoundFat, withFatWriter } from '../../src/fs/fat/fat-volume.ts'
import { memoryFolder } from '../support/small-image.ts'
import { run, testWith } from '../support/validators.ts'

const CLOCK = new Date('2025-06-07T23:58:40Z')
const PLAIN = { mode: 0o644, uid: 0, gid: 0 }
const TIME_LIMIT_MS = 300_000

/** What became of a volume. */
interface Outcome {
  readonly name: string
  readonly soundBefore: boolean
  /** The code of a refusal. Null: files were written. */
  readonly refusal: ErrorCode | null
  /** Of a refused volume: what bantam says after the system's program repaired it. Null: nothing, or no repair. */
  readonly afterRepair: ErrorCode | null
  readonly soundAfter: boolean
}

const folder = process.env.BANTAM_CORPORA ?? '/nonexistent'
const ext4Tests = testsOf('e2fsprogs-')
const fatTests = testsOf('dosfstools-')

plainTest.skipIf(ext4Tests !== null)(
  'BANTAM_CORPORA is not set: the images of e2fsprogs and dosfstools are not tested',
  () => {
    expect(ext4Tests).toBeNull()
  },
)

const test = testWith('e2fsck', 'fsck.fat').skipIf(ext4Tests === null || fatTests === null)

test('of the ext4 images, none gets worse and none is taken damaged', { timeout: TIME_LIMIT_MS }, async () => {
  const names = readdirSync(ext4Tests ?? '').filter((name) => existsSync(join(ext4Tests ?? '', name, 'image.gz')))
  const outcomes: Outcome[] = []
  for (const name of names) {
    const volume = join(memoryFolder(), 'volume')
    writeFileSync(volume, gunzipSync(readFileSync(join(ext4Tests ?? '', name, 'image.gz'))))
    outcomes.push(await judge(name, volume, ext4))
    rmSync(volume)
  }
  expect(outcomes.length).toBeGreaterThan(150)
  expect(outcomes.filter(({ refusal }) => refusal === null).length).toBeGreaterThan(20)
  expect(
    namesOf(outcomes, ({ refusal, soundBefore, soundAfter }) => refusal === null && soundBefore && !soundAfter),
  ).toEqual([])
  expect(namesOf(outcomes, ({ refusal, soundBefore }) => refusal === null && !soundBefore)).toEqual([
    // Encrypted files without the attribute that says how, or with another than their directory.
    'f_bad_encryption',
    // The checksum of an inode that is free does not match. A new file replaces it.
    'f_deleted_inode_bad_csum',
    // Names are in other leaves of a directory's index than their hashes say: bantam computes no hashes.
    'f_h_reindex',
  ])
  expect(namesOf(outcomes, ({ refusal, soundBefore }) => refusal === 'EXT4_DAMAGED' && soundBefore)).toEqual([
    // e2fsck mentions both, but counts neither as an error. The kernel refuses to mount the first and to read the second.
    'f_bad_gdt_csum',
    'f_extent_too_deep',
    // e2fsck takes a copy of the superblock instead, as the kernel does not.
    'f_zero_inode_size',
  ])
  expect(namesOf(outcomes, ({ afterRepair }) => afterRepair !== null)).toEqual([
    // e2fsck leaves a reserved inode with random bytes as it is.
    'f_bad_disconnected_inode',
    // e2fsck leaves copies of group descriptors in bad blocks, and warns of them.
    'f_badtable',
    'f_bbinode',
    // e2fsck does not count the attributes of a link that is stored in its inode.
    'f_inlinedata_repair',
  ])
})

test('of the FAT images, none gets worse and none is taken damaged', { timeout: TIME_LIMIT_MS }, async () => {
  const names = readdirSync(fatTests ?? '').filter((name) => /\.(fsck|xxd)$/.test(name))
  const outcomes: Outcome[] = []
  for (const name of names) {
    const volume = join(memoryFolder(), 'volume')
    writeHexDump(volume, readFileSync(join(fatTests ?? '', name), 'latin1'))
    outcomes.push(await judge(name, volume, fat))
    rmSync(volume)
  }
  expect(outcomes.length).toBeGreaterThan(40)
  expect(outcomes.filter(({ refusal }) => refusal === null).length).toBeGreaterThan(30)
  expect(
    namesOf(outcomes, ({ refusal, soundBefore, soundAfter }) => refusal === null && soundBefore && !soundAfter),
  ).toEqual([])
  expect(namesOf(outcomes, ({ refusal, soundBefore }) => refusal === null && !soundBefore)).toEqual([])
  expect(namesOf(outcomes, ({ afterRepair }) => afterRepair !== null)).toEqual([])
  expect(namesOf(outcomes, ({ refusal, soundBefore }) => refusal !== null && soundBefore)).toEqual([
    // Sectors of 4 KiB.
    'mkfs-fat32_4K.xxd',
  ])
})

/** The system's program for a file system, and bantam's own check and edits. */
interface FileSystem {
  /** What the program says. */
  readonly isSound: (volume: string) => boolean
  readonly repair: (volume: string) => void
  readonly check: (device: ReadableDevice) => void
  readonly write: (device: WritableDevice) => Promise<void>
}

const ext4: FileSystem = {
  // On two of the images, e2fsck reports one damage after the other for minutes. It ends when nobody reads on.
  isSound: (volume) =>
    run('bash', ['-c', 'set -o pipefail; e2fsck -fn "$0" 2>&1 | head -c 100000 > /dev/null', volume]).status === 0,
  repair: (volume) => {
    run('sh', ['-c', 'timeout 20 e2fsck -fy "$0" > /dev/null 2>&1', volume])
  },
  check: (device) => {
    requireSoundExt4(device, 'everything')
  },
  write: writeExt4,
}

const fat: FileSystem = {
  // A label in the root directory that differs from that in the boot sector is no damage: nothing depends on it.
  isSound: (volume) => {
    const { status, output } = run('fsck.fat', ['-n', volume])
    return status === 0 || (status === 1 && /[Ll]abel .*(not valid|but there|different)|no label/.test(output))
  },
  repair: (volume) => {
    run('fsck.fat', ['-a', volume])
  },
  check: requireSoundFat,
  write: writeFat,
}

const REPAIRABLE: readonly ErrorCode[] = ['FAT_DIRTY', 'FAT_DAMAGED', 'EXT4_NEEDS_RECOVERY', 'EXT4_DAMAGED']

async function judge(name: string, volume: string, { isSound, repair, check, write }: FileSystem): Promise<Outcome> {
  const soundBefore = isSound(volume)
  const refusal = await codeOf(() => withWritableFileDevice(volume, write))
  if (refusal === null) return { name, soundBefore, refusal, soundAfter: isSound(volume), afterRepair: null }
  expect(refusal, name).toMatch(/^(EXT4|FAT)_/)
  expect(refusal, name).not.toBe('EXT4_OPERATION_FAILED')
  const refused = { name, soundBefore, refusal, soundAfter: soundBefore }
  if (!REPAIRABLE.includes(refusal)) return { ...refused, afterRepair: null }
  repair(volume)
  return { ...refused, afterRepair: isSound(volume) ? await codeOf(() => withFileDevice(volume, check)) : null }
}

async function codeOf(work: () => Promise<void>): Promise<ErrorCode | null> {
  try {
    await work()
    return null
  } catch (error) {
    if (isBuildError(error)) return error.code
    throw error
  }
}

/** Writes what a build writes: files, folders and links, in folders that are there and in new ones. */
async function writeExt4(device: WritableDevice): Promise<void> {
  ext4.check(device)
  await withExt4Writer(device, CLOCK, async (volume) => {
    await volume.writeFile('etc/bantam/settings', new Uint8Array(3000), PLAIN)
    await volume.writeFile('usr/lib/bantam/first-boot', new Uint8Array(30_000), PLAIN)
    await volume.makeFolder('var/lib/bantam', { mode: 0o700, uid: 0, gid: 0 })
    await volume.writeLink('etc/wanted', '/usr/lib/bantam')
  })
}

async function writeFat(device: WritableDevice): Promise<void> {
  fat.check(device)
  await withFatWriter(device, CLOCK, async (volume) => {
    await volume.writeFile('user-data', new Uint8Array(3000), PLAIN)
    await volume.writeFile('cmdline.txt', new Uint8Array(300), PLAIN)
  })
}

function namesOf(outcomes: readonly Outcome[], wanted: (outcome: Outcome) => boolean): readonly string[] {
  return outcomes.filter(wanted).map(({ name }) => name)
}

function testsOf(prefix: string): string | null {
  const names = existsSync(folder) ? readdirSync(folder) : []
  const source = names.find((name) => name.startsWith(prefix) && existsSync(join(folder, name, 'tests')))
  return source === undefined ? null : join(folder, source, 'tests')
}

/** Makes a volume of what `xxd -a` writes, where lines of zeros are left out. The last line gives the length. */
function writeHexDump(volume: string, text: string): void {
  const fd = openSync(volume, 'w')
  for (const [, offset = '', digits = ''] of text.matchAll(/^([0-9a-f]+): ((?:[0-9a-f]{2,4} )+)/gm))
    writeSync(fd, Buffer.from(digits.replaceAll(' ', ''), 'hex'), 0, null, parseInt(offset, 16))
  closeSync(fd)
}
