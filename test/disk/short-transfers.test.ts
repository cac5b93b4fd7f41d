/** The system may read and write less than it was asked for: read(2), write(2). Here it does so at each call. */
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import type * as Fs from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { pathOf, withFileDevice, withWritableFileDevice } from '../../src/disk/file-device.ts'
import { temporaryFolder } from '../support/small-image.ts'

vi.mock('node:fs', async (importOriginal) => {
  const real = await importOriginal<typeof Fs>()
  return {
    ...real,
    readSync: (fd: number, into: Uint8Array, start: number, byteLength: number, position: number) =>
      real.readSync(fd, into, start, Math.min(3, byteLength), position),
    writeSync: (fd: number, bytes: Uint8Array, start: number, byteLength: number, position: number) =>
      real.writeSync(fd, bytes, start, Math.min(3, byteLength), position),
  }
})

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

function makeFile(): string {
  const path = join(temporaryFolder(), 'disk')
  writeFileSync(path, 'abcdefghijklmnop')
  return path
}

test('goes on where a short read ended', async () => {
  const into = new Uint8Array(10)
  await withFileDevice(makeFile(), (device) => {
    device.read(4, into)
  })
  expect(text(into)).toBe('efghijklmn')
})

test('goes on where a short write ended, and writes nothing else', async () => {
  const path = makeFile()
  await withWritableFileDevice(path, (device) => {
    device.write(4, new TextEncoder().encode('EFGHIJKLMN'))
  })
  expect(readFileSync(path, 'utf8')).toBe('abcdEFGHIJKLMNop')
})

test.skipIf(process.platform !== 'linux')('a file is closed after its use, also after one that fails', async () => {
  const path = makeFile()
  const descriptors = (): number =>
    readdirSync('/proc/self/fd').filter((fd) => {
      try {
        return readlinkSync(join('/proc/self/fd', fd)) === path
      } catch {
        return false
      }
    }).length
  for (const open of [withFileDevice, withWritableFileDevice]) {
    await open(path, () => {
      expect(descriptors()).toBe(1)
    })
    await expect(open(path, () => Promise.reject(new Error('in use')))).rejects.toThrow('in use')
    expect(descriptors()).toBe(0)
  }
})

test('a file is named by its path, opened or not', () => {
  expect(pathOf('a.img')).toBe('a.img')
  expect(pathOf({ descriptor: 3, path: 'b.img' })).toBe('b.img')
})
