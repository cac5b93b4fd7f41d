/** ext4 volumes with folders, links, indexes and attributes, which mke2fs makes and e2fsck judges. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { MemoryDevice } from '../../src/disk/memory-device.ts'
import { isBuildError } from '../../src/errors.ts'
import { requireSoundExt4 } from '../../src/fs/ext4/check-ext4-volume.ts'
import type { CheckDepth } from '../../src/fs/ext4/inode-census.ts'
import { memoryFolder } from './small-image.ts'
import { run } from './validators.ts'

/** Makes a volume with folders, links, a large directory, a file of many pieces, and one with attributes. */
export function makeVolume(features: string, ...options: readonly string[]): Buffer {
  const key = [features, ...options].join(' ')
  const bytes = made.get(key) ?? makeNewVolume(features, options)
  made.set(key, bytes)
  return Buffer.from(bytes)
}

/** Blocks of the large file that are none, so that its extents need a block. */
const HOLES: readonly number[] = [20, 60, 100, 140, 180]

const made = new Map<string, Buffer>()

function makeNewVolume(features: string, options: readonly string[]): Buffer {
  const folder = memoryFolder()
  const root = join(folder, 'root')
  mkdirSync(join(root, 'etc/deep/deeper'), { recursive: true })
  mkdirSync(join(root, 'many'))
  writeFileSync(join(root, 'etc/hostname'), 'name\n')
  writeFileSync(join(root, 'large'), Buffer.alloc(900_000, 'data'))
  run('mkfifo', [join(root, 'pipe')])
  symlinkSync('etc/hostname', join(root, 'short-link'))
  symlinkSync('x'.repeat(200), join(root, 'long-link'))
  for (let index = 0; index < 120; index += 1) writeFileSync(join(root, `many/a-rather-long-name-${index}`), '')
  const path = join(folder, 'ext4')
  const made = run('mke2fs', ['-q', '-t', 'ext4', '-O', features, ...options, '-d', root, path, '8M'])
  expect(made, made.output).toMatchObject({ status: 0 })
  const source = join(folder, 'value')
  // With `ea_inode`, the value needs an inode.
  writeFileSync(source, 'v'.repeat(features === 'ea_inode' ? 5000 : 700))
  run('debugfs', ['-w', '-f', '-', path], {
    input: `ea_set -f ${source} /etc/hostname user.large\nea_set /large user.small x\n${HOLES.map((hole) => `punch /large ${hole} ${hole}\n`).join('')}`,
  })
  // Gives the large directory an index.
  run('e2fsck', ['-fyD', path])
  return readFileSync(path)
}

export function e2fsck(bytes: Uint8Array): { readonly status: number; readonly output: string } {
  const path = join(memoryFolder(), 'judged')
  writeFileSync(path, bytes)
  return run('e2fsck', ['-fn', path])
}

export function check(bytes: Uint8Array, depth: CheckDepth = 'everything'): void {
  requireSoundExt4(new MemoryDevice(bytes), depth)
}

/** Changes a volume by requests of debugfs, which keeps checksums right. */
export function withRequests(bytes: Buffer, ...requests: readonly string[]): Buffer {
  const path = join(memoryFolder(), 'changed')
  writeFileSync(path, bytes)
  run('debugfs', ['-w', '-f', '-', path], { input: `${requests.join('\n')}\n` })
  return readFileSync(path)
}

/** What debugfs says of a directory. */
export function directoryOf(
  bytes: Buffer,
  name: string,
): { readonly number: number; readonly generation: number; readonly firstBlock: number } {
  const output = describe(bytes, `stat ${name}`)
  const number = (pattern: RegExp): number => Number(pattern.exec(output)?.[1] ?? expect.fail(output))
  return {
    number: number(/^Inode: (\d+)/m),
    generation: number(/Generation: (\d+)/),
    firstBlock: number(/\(0(?:-\d+)?\):(\d+)/),
  }
}

/** Block of the volume that holds a block of a file. */
export function blockOf(bytes: Buffer, name: string, block: number): number {
  const output = describe(bytes, `bmap ${name} ${block}`)
  return Number(/^\d+$/m.exec(output)?.[0] ?? expect.fail(output))
}

/** The first block of a file's extents that are not in its inode. */
export function extentBlockOf(bytes: Buffer, name: string): number {
  const output = describe(bytes, `stat ${name}`)
  return Number(/\(ETB0\):(\d+)/.exec(output)?.[1] ?? expect.fail(output))
}

function describe(bytes: Buffer, request: string): string {
  const path = join(memoryFolder(), 'described')
  writeFileSync(path, bytes)
  return run('debugfs', ['-R', request, path]).output
}

export function damageOf(bytes: Uint8Array): string | null {
  try {
    check(bytes)
    return null
  } catch (error) {
    if (isBuildError(error)) return error.message
    throw error
  }
}
