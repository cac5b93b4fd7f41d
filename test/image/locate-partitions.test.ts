// @module-tag slow
import { closeSync, ftruncateSync, openSync, readFileSync, statSync, writeSync } from 'node:fs'
import { expect } from 'vitest'
import { withFileDevice } from '../../src/disk/file-device.ts'
import { readFileState } from '../../src/host/file-state.ts'
import { withPinnedFile } from '../../src/host/pinned-file.ts'
import { locatePartitions } from '../../src/image/locate-partitions.ts'
import { withPatchedImage } from '../../src/image/patch-image.ts'
import { expectRejection } from '../support/expect-code.ts'
import { sampleNode } from '../support/rendered-nodes.ts'
import { type SmallFlavour, smallImage, temporaryFolder, testWithImages as test } from '../support/small-image.ts'
import { readWithMtools, volumesOf } from '../support/validate-image.ts'
import { run } from '../support/validators.ts'

/** The label that the copy of the root partition gets. */
const COPY_LABEL = 'other'

/** Gives an image a third partition: a copy of its root partition, with another label and UUID. */
function withSecondRoot(image: string): void {
  const { root } = volumesOf(image)
  const byteStart = statSync(image).size
  const fd = openSync(image, 'r+')
  ftruncateSync(fd, byteStart + root.byteLength)
  writeSync(fd, readFileSync(image).subarray(root.byteStart, root.byteStart + root.byteLength), 0, null, byteStart)
  closeSync(fd)
  const added = run('sfdisk', ['-q', '--append', image], {
    input: `start=${byteStart / 512}, size=${root.byteLength / 512}, type=83\n`,
  })
  expect(added, added.output).toMatchObject({ status: 0 })
  const requests = `ssv volume_name ${COPY_LABEL}\nssv uuid 99999999-2222-3333-4444-555555555555\n`
  run('debugfs', ['-w', '-f', '-', `${image}?offset=${byteStart}`], { input: requests })
}

function setRoot(image: string, root: string | null): void {
  const place = `${image}@@${volumesOf(image).boot.byteStart}`
  const cmdline = readWithMtools(image, 'cmdline.txt').replace(/root=\S+ /, root === null ? '' : `root=${root} `)
  expect(run('mcopy', ['-o', '-i', place, '-', '::cmdline.txt'], { input: cmdline }).status).toBe(0)
}

function rootNumber(image: string): Promise<number> {
  return withFileDevice(image, async (device) => (await locatePartitions(device, image)).root.number)
}

test.each<[SmallFlavour, string]>([
  ['raspios', 'cmdline.txt'],
  ['raspios-12', 'cmdline.txt'],
  ['ubuntu', 'cmdline.txt'],
  ['ubuntu-ab', 'current/cmdline.txt'],
  ['debian', 'cmdline.txt'],
])('finds the root of %s by the command line that the firmware reads', async (flavour, cmdlinePath) => {
  const image = smallImage(flavour, temporaryFolder())
  const located = await withFileDevice(image, (device) => locatePartitions(device, image))
  expect(located).toMatchObject({ boot: { number: 1 }, root: { number: 2 }, cmdlinePath })
})

test.each([
  ['PARTUUID=4d8fd085-02', 2],
  ['PARTUUID=4d8fd085-03', 3],
  ['/dev/mmcblk0p3', 3],
  [`LABEL=${COPY_LABEL}`, 3],
  ['LABEL=rootfs', 2],
  ['UUID=99999999-2222-3333-4444-555555555555', 3],
  ['"PARTUUID=4d8fd085-02" root=PARTUUID=4d8fd085-03', 3],
])('of two systems, takes the one that root=%s names', async (root, number) => {
  const image = smallImage('raspios', temporaryFolder())
  withSecondRoot(image)
  setRoot(image, root)
  expect(await rootNumber(image)).toBe(number)
})

test('writes the files into the partition that boots, and nothing into the other', async () => {
  const image = smallImage('raspios', temporaryFolder())
  withSecondRoot(image)
  setRoot(image, 'PARTUUID=4d8fd085-03')
  const { root } = volumesOf(image)
  await withPinnedFile({ path: image, state: readFileState(image) }, (file) =>
    withFileDevice(file, (device) =>
      withPatchedImage({ file, device, xz: null }, sampleNode, null, ({ layout, changedPages }) => {
        expect(layout.root.number).toBe(3)
        const changedRoots = changedPages.filter(({ byteOffset }) => byteOffset >= root.byteStart)
        expect(changedRoots.length).toBeGreaterThan(0)
        expect(changedRoots.every(({ byteOffset }) => byteOffset >= layout.root.byteStart)).toBe(true)
        return Promise.resolve()
      }),
    ),
  )
})

test('takes a root partition of any type, as the kernel does', async () => {
  const image = smallImage('raspios', temporaryFolder())
  run('sfdisk', ['--part-type', image, '2', '7'])
  expect(await rootNumber(image)).toBe(2)
})

test('without root=, takes the only ext4 volume, and refuses to choose between two or to do without', async () => {
  const image = smallImage('raspios', temporaryFolder())
  setRoot(image, null)
  expect(await rootNumber(image)).toBe(2)
  withSecondRoot(image)
  const error = await expectRejection('IMAGE_ROOT_AMBIGUOUS', rootNumber(image))
  expect(error.message).toContain('2 (PARTUUID 4d8fd085-02, label rootfs); 3 (PARTUUID 4d8fd085-03, label other)')
  run('sfdisk', ['--delete', image, '2', '3'])
  await expectRejection('IMAGE_ROOT_PARTITION_MISSING', rootNumber(image))
})

test('refuses a label that two volumes have', async () => {
  const image = smallImage('raspios', temporaryFolder())
  withSecondRoot(image)
  run('debugfs', ['-w', '-R', 'ssv volume_name rootfs', `${image}?offset=${thirdStart(image)}`])
  setRoot(image, 'LABEL=rootfs')
  await expectRejection('IMAGE_ROOT_AMBIGUOUS', rootNumber(image))
})

test('refuses a root= that names no partition, and says which there are', async () => {
  const image = smallImage('raspios', temporaryFolder())
  // As after a tool gave the disk another id, but did not change cmdline.txt.
  run('sfdisk', ['--disk-id', image, '0xdeadbeef'])
  const error = await expectRejection('IMAGE_ROOT_NOT_FOUND', rootNumber(image))
  expect(error.message).toContain('root=PARTUUID=4d8fd085-02')
  expect(error.message).toContain('2 (PARTUUID deadbeef-02, label rootfs)')
})

function thirdStart(image: string): number {
  const table = JSON.parse(run('sfdisk', ['--json', image]).output) as {
    partitiontable: { partitions: { start: number }[] }
  }
  return (table.partitiontable.partitions[2]?.start ?? 0) * 512
}
