// @module-tag slow
import { readFileSync, writeFileSync } from 'node:fs'
import { expect } from 'vitest'
import { MemoryDevice } from '../../src/disk/memory-device.ts'
import type { ErrorCode } from '../../src/errors.ts'
import { checkBase } from '../../src/image/check-base.ts'
import { errorOf, project } from '../support/cli-project.ts'
import { expectRejection } from '../support/expect-code.ts'
import { bantam } from '../support/run-cli.ts'
import { type SmallFlavour, smallImage, temporaryFolder, testWithImages as test } from '../support/small-image.ts'
import { volumesOf } from '../support/validate-image.ts'
import { run } from '../support/validators.ts'

test.each<SmallFlavour>(['raspios', 'raspios-12', 'ubuntu', 'ubuntu-ab', 'debian'])(
  'finds nothing in %s',
  async (name) => {
    const image = smallImage(name, temporaryFolder())
    await checkBase({ file: { path: image }, device: new MemoryDevice(readFileSync(image)), xz: null })
  },
)

function markDirty(image: string): void {
  const bytes = readFileSync(image)
  bytes.writeUInt8(1, volumesOf(image).boot.byteStart + 65)
  writeFileSync(image, bytes)
}

function change(image: string, request: string): void {
  run('debugfs', ['-w', '-R', request, `${image}?offset=${volumesOf(image).root.byteStart}`])
}

test.each<[string, ErrorCode, (image: string) => void]>([
  ['a FAT that was not unmounted', 'FAT_DIRTY', markDirty],
  [
    'a file that has another count of names',
    'EXT4_DAMAGED',
    (image) => {
      change(image, 'sif /etc/rpi-issue links_count 3')
    },
  ],
  [
    'an ext4 whose journal holds changes',
    'EXT4_NEEDS_RECOVERY',
    (image) => {
      change(image, 'feature needs_recovery')
    },
  ],
])('a build refuses %s, and inspect still reads it', async (_name, code, spoil) => {
  const folder = project()
  const base = smallImage('raspios', folder)
  spoil(base)
  const before = readFileSync(base)
  await expectRejection(
    code,
    checkBase({ file: { path: base }, device: new MemoryDevice(readFileSync(base)), xz: null }),
  )
  const built = await bantam(folder, ['build-image', '--format', 'img', '--node', 'worker-1', '--base', base, '--json'])
  expect(built.status).toBe(2)
  expect(errorOf(built.stdout).code).toBe(code)
  expect(readFileSync(base).equals(before)).toBe(true)
  expect((await bantam(folder, ['inspect', base])).status).toBe(0)
})
