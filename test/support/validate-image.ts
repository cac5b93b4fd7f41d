/** What the system's own tools say of the volumes in an image. */
import { closeSync, openSync, readSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { temporaryFolder } from './small-image.ts'
import { run } from './validators.ts'

export interface Volume {
  readonly byteStart: number
  readonly byteLength: number
}

/** Reads the two volumes of an image from `sfdisk`, not from our own reader. */
export function volumesOf(image: string): { readonly boot: Volume; readonly root: Volume } {
  const table = JSON.parse(run('sfdisk', ['--json', image]).output) as {
    partitiontable: { partitions: { start: number; size: number }[] }
  }
  const [boot, root] = table.partitiontable.partitions.map(({ start, size }) => ({
    byteStart: start * 512,
    byteLength: size * 512,
  }))
  if (boot === undefined || root === undefined) throw new Error(`${image} has no two partitions`)
  return { boot, root }
}

/** Copies one volume into a file of its own, for tools that know no offsets. */
export function extractVolume(image: string, volume: Volume): string {
  const path = join(temporaryFolder(), 'volume')
  const fd = openSync(image, 'r')
  const bytes = Buffer.alloc(volume.byteLength)
  readSync(fd, bytes, 0, volume.byteLength, volume.byteStart)
  closeSync(fd)
  writeFileSync(path, bytes)
  return path
}

/** Asks fsck.fat, e2fsck and sfdisk; each must find nothing to mend. */
export function expectSound(image: string): void {
  const { boot, root } = volumesOf(image)
  expect(run('sfdisk', ['--verify', image])).toMatchObject({ status: 0 })
  const fat = run('fsck.fat', ['-n', extractVolume(image, boot)])
  expect(fat, fat.output).toMatchObject({ status: 0 })
  const ext4 = run('e2fsck', ['-fn', `${image}?offset=${root.byteStart}`])
  expect(ext4, ext4.output).toMatchObject({ status: 0 })
}

/** Reads a file of the boot volume with mtype. */
export function readWithMtools(image: string, path: string): string {
  const verdict = run('mtype', ['-i', `${image}@@${volumesOf(image).boot.byteStart}`, `::${path}`])
  if (verdict.status !== 0) throw new Error(verdict.output)
  return verdict.output
}

/** Runs one request of debugfs on the root volume. */
export function debugfs(image: string, request: string): string {
  const verdict = run('debugfs', ['-R', request, `${image}?offset=${volumesOf(image).root.byteStart}`])
  return verdict.output.replace(/^debugfs .*\n/m, '')
}
