// @module-tag slow
import { copyFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { expect, onTestFinished, vi } from 'vitest'
import { withFileDevice } from '../../src/disk/file-device.ts'
import { BuildError, type ErrorCode } from '../../src/errors.ts'
import { checkBase } from '../../src/image/check-base.ts'
import { isRepairable, repairImage } from '../../src/image/repair-image.ts'
import { expectRejection } from '../support/expect-code.ts'
import { smallImage, temporaryFolder, testWithImages as test } from '../support/small-image.ts'
import { debugfs, expectSound, volumesOf } from '../support/validate-image.ts'
import { run } from '../support/validators.ts'

const signal = new AbortController().signal

function check(image: string): Promise<void> {
  return withFileDevice(image, (device) => checkBase({ file: { path: image }, device, xz: null }))
}

/** Runs requests of debugfs that write to the root volume. */
function change(image: string, ...requests: readonly string[]): void {
  run('debugfs', ['-w', '-f', '-', `${image}?offset=${volumesOf(image).root.byteStart}`], {
    input: `${requests.join('\n')}\n`,
  })
}

/** Changes bytes of the boot volume. */
function patch(image: string, edit: (boot: Buffer) => void): void {
  const { byteStart, byteLength } = volumesOf(image).boot
  const bytes = readFileSync(image)
  edit(bytes.subarray(byteStart, byteStart + byteLength))
  writeFileSync(image, bytes)
}

/** Sets an entry of both FATs of the boot volume, which is FAT32. */
function setFatEntry(boot: Buffer, cluster: number, value: number): void {
  const start = boot.readUInt16LE(14) * 512
  for (const at of [start, start + boot.readUInt32LE(36) * 512]) boot.writeUInt32LE(value, at + cluster * 4)
}

function markDirty(image: string): void {
  patch(image, (boot) => void boot.writeUInt8(1, 65))
}

function loseClusters(image: string): void {
  patch(image, (boot) => {
    setFatEntry(boot, 50_000, 50_001)
    setFatEntry(boot, 50_001, 0x0fffffff)
  })
}

/** A file without its bit in the bitmap, one that no directory names, a wrong count of names, and blocks of nothing. */
function spoilRoot(image: string): void {
  change(
    image,
    'freei /usr/lib/os-release',
    'unlink /etc/rpi-issue',
    'sif /etc/os-release links_count 7',
    'setb 9000 20',
  )
}

test.each<[string, ErrorCode, (image: string) => void]>([
  ['a FAT that was not unmounted', 'FAT_DIRTY', markDirty],
  ['FAT clusters that belong to no file', 'FAT_DAMAGED', loseClusters],
  ['an ext4 with several damages', 'EXT4_DAMAGED', spoilRoot],
  [
    'both volumes',
    'FAT_DIRTY',
    (image) => {
      markDirty(image)
      spoilRoot(image)
    },
  ],
])('repairs %s, to the same bytes each time', async (_name, code, spoil) => {
  const image = smallImage('raspios', temporaryFolder())
  const sound = readFileSync(image)
  spoil(image)
  const other = `${image}.other`
  copyFileSync(image, other)
  await expectRejection(code, check(image))
  await repairImage(image, signal)
  await check(image)
  expectSound(image)
  expect(statSync(image).size).toBe(sound.byteLength)
  expect(readdirSync(dirname(image)).sort()).toEqual(['raspios.img', 'raspios.img.other'])
  expect(readFileSync(image).subarray(0, 512).equals(sound.subarray(0, 512))).toBe(true)
  await new Promise((resolve) => setTimeout(resolve, 2_100))
  await repairImage(other, signal)
  expect(readFileSync(other).equals(readFileSync(image))).toBe(true)
})

test('writes what is in the journal to its place', async () => {
  const image = smallImage('raspios', temporaryFolder())
  const content = join(temporaryFolder(), 'content')
  writeFileSync(content, 'j'.repeat(1024))
  const block = Number(/\(0\):(\d+)/.exec(debugfs(image, 'stat /usr/lib/os-release'))?.[1])
  change(image, 'jo', `jw -b ${block} ${content}`, 'jc')
  await expectRejection('EXT4_NEEDS_RECOVERY', check(image))
  await repairImage(image, signal)
  await check(image)
  expectSound(image)
  expect(debugfs(image, 'cat /usr/lib/os-release')).toMatch(/^j{20}/)
})

test('leaves a sound volume as it is, also beside a damaged one', async () => {
  const image = smallImage('raspios', temporaryFolder())
  const { boot, root } = volumesOf(image)
  const sound = readFileSync(image)
  await repairImage(image, signal)
  expect(readFileSync(image).equals(sound)).toBe(true)
  markDirty(image)
  await repairImage(image, signal)
  const repaired = readFileSync(image)
  expect(repaired.equals(sound)).toBe(true)
  spoilRoot(image)
  await repairImage(image, signal)
  const volume = ({ byteStart, byteLength }: typeof boot, bytes: Buffer): Buffer =>
    bytes.subarray(byteStart, byteStart + byteLength)
  expect(volume(boot, readFileSync(image)).equals(volume(boot, sound))).toBe(true)
  expect(volume(root, readFileSync(image)).equals(volume(root, sound))).toBe(false)
})

/** Puts a program of this name before that of the machine. */
function withProgram(name: string, script: string): void {
  const folder = temporaryFolder()
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  vi.stubEnv('PATH', `${folder}${delimiter}${process.env.PATH ?? ''}`)
  onTestFinished(() => {
    vi.unstubAllEnvs()
  })
}

test.each<[string, string, ErrorCode, RegExp]>([
  ['is missing', 'exit 127', 'IMAGE_REPAIR_TOOL_MISSING', /needs e2fsck for the root partition/],
  [
    'leaves errors',
    'echo 12 errors left; exit 4',
    'IMAGE_REPAIR_FAILED',
    /e2fsck -fy ends with code 4 and says: 12 errors left/,
  ],
  [
    'finds errors afterwards',
    'case $1 in -fy) exit 1 ;; esac; echo still wrong; exit 4',
    'IMAGE_REPAIR_FAILED',
    /e2fsck -fn ends with code 4 and says: still wrong/,
  ],
  ['overlooks the damage', 'exit 0', 'IMAGE_REPAIR_FAILED', /did not repair the root partition: .* is damaged: /],
])('an image is not repaired where e2fsck %s', async (_name, script, code, message) => {
  const image = smallImage('raspios', temporaryFolder())
  spoilRoot(image)
  const before = readFileSync(image)
  withProgram('e2fsck', script)
  const error = await expectRejection(code, repairImage(image, signal))
  expect(error.message).toMatch(message)
  expect(error.hint).toMatch(code === 'IMAGE_REPAIR_FAILED' ? /Get the image again/ : /apt-get install e2fsprogs/)
  expect(readFileSync(image).equals(before)).toBe(true)
  expect(readdirSync(dirname(image))).toEqual(['raspios.img'])
})

test('an interruption ends the program, and removes its copy of the volume', async () => {
  const image = smallImage('raspios', temporaryFolder())
  spoilRoot(image)
  const started = join(temporaryFolder(), 'started')
  withProgram('e2fsck', `touch ${started}; exec sleep 60`)
  const interruption = new AbortController()
  const repair = repairImage(image, interruption.signal)
  await vi.waitFor(() => {
    expect(existsSync(started)).toBe(true)
  }, 10_000)
  interruption.abort(new Error('interrupted'))
  await expect(repair).rejects.toThrow('interrupted')
  expect(readdirSync(dirname(image))).toEqual(['raspios.img'])
})

test.each([
  ['FAT_DIRTY', true],
  ['FAT_DAMAGED', true],
  ['EXT4_DAMAGED', true],
  ['EXT4_NEEDS_RECOVERY', true],
  ['FAT_INVALID', false],
  ['EXT4_INVALID', false],
] as const)('says of %s whether a repair can help: %s', (code, expected) => {
  const facts = { place: '', damage: '', reason: '' }
  expect(isRepairable(new BuildError(code, facts))).toBe(expected)
})
