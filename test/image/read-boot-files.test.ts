import { expect, test } from 'vitest'
import type { FileReader } from '../../src/fs/file-system.ts'
import { readBootFiles } from '../../src/image/read-boot-files.ts'

/** A boot partition with these files. */
function volume(files: Readonly<Record<string, string>>): FileReader {
  return {
    status: (path) =>
      Promise.resolve(
        path in files ? { kind: 'file', byteLength: files[path]?.length ?? 0, mode: 0, uid: 0, gid: 0 } : null,
      ),
    readFile: (path) => Promise.resolve(path in files ? Buffer.from(files[path] ?? '') : null),
    list: () => Promise.resolve(Object.keys(files)),
    readLink: () => Promise.resolve(null),
  }
}

const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString()
const raspios = {
  'config.txt': 'auto_initramfs=1\n',
  'cmdline.txt': 'root=/dev/sda2 rootwait\nnever read\n',
  'kernel8.img': 'k8',
  'kernel_2712.img': 'k2712',
  initramfs8: 'i8',
  initramfs_2712: 'i2712',
}

test.each([
  ['pi4', 'kernel8.img', 'i8'],
  ['pi5', 'kernel_2712.img', 'i2712'],
  ['cm5', 'kernel_2712.img', 'i2712'],
  ['zero2w', 'kernel8.img', 'i8'],
] as const)('a %s starts %s of Raspberry Pi OS with its initramfs', async (board, path, initramfs) => {
  const files = await readBootFiles(volume(raspios), board, 'a.img')
  expect(files.kernel.path).toBe(path)
  expect(text(files.initramfs?.bytes)).toBe(initramfs)
  expect(files.cmdline).toBe('root=/dev/sda2 rootwait')
})

test('a Pi 5 starts kernel8.img if its usual kernel is missing, and starts a kernel without initramfs', async () => {
  const files = await readBootFiles(
    volume({ 'config.txt': 'auto_initramfs=1\n', 'cmdline.txt': 'a', 'kernel8.img': 'k8' }),
    'pi5',
    'a.img',
  )
  expect([files.kernel.path, files.initramfs]).toEqual(['kernel8.img', null])
})

test('the prefix goes before every name that does not begin with a slash', async () => {
  const files = await readBootFiles(
    volume({
      'config.txt': 'os_prefix=current/\nkernel=vmlinuz\ninitramfs a.img,/b.img followkernel\n',
      'current/vmlinuz': 'k',
      'current/a.img': 'a',
      'b.img': 'b',
      'current/cmdline.txt': 'c',
      'cmdline.txt': 'wrong',
    }),
    'pi4',
    'a.img',
  )
  expect([files.kernel.path, files.initramfs?.path, text(files.initramfs?.bytes), files.cmdline]).toEqual([
    'current/vmlinuz',
    'current/a.img,b.img',
    'ab',
    'c',
  ])
})

test('a prefix without a kernel is ignored, as by the firmware, and a note says so', async () => {
  const files = await readBootFiles(volume({ ...raspios, 'config.txt': 'os_prefix=old/\n' }), 'pi4', 'a.img')
  expect([files.kernel.path, files.cmdlinePath]).toEqual(['kernel8.img', 'cmdline.txt'])
  expect(files.notes).toEqual(['config.txt: os_prefix=old/ is ignored, for there is no kernel under it'])
})

test.each([
  [{ 'cmdline.txt': 'a', 'kernel8.img': 'k' }],
  [{ 'config.txt': '', 'cmdline.txt': 'a' }],
  [{ 'config.txt': '', 'kernel8.img': 'k' }],
  [{ 'config.txt': 'initramfs gone followkernel', 'cmdline.txt': 'a', 'kernel8.img': 'k' }],
])('names a file that is missing: %j', async (files) => {
  await expect(readBootFiles(volume(files), 'pi4', 'a.img')).rejects.toMatchObject({ code: 'IMAGE_BOOT_FILE_MISSING' })
})
