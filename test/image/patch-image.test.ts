// @module-tag slow
import { copyFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { equalBytes } from '../../src/bytes/equal-bytes.ts'
import { withFileDevice, withWritableFileDevice } from '../../src/disk/file-device.ts'
import type { ErrorCode } from '../../src/errors.ts'
import { readFileState } from '../../src/host/file-state.ts'
import { withPinnedFile } from '../../src/host/pinned-file.ts'
import { withPatchedImage } from '../../src/image/patch-image.ts'
import { verifyImage } from '../../src/image/verify-image.ts'
import type { Flavour } from '../../src/model/image-layout.ts'
import type { PatchedImage } from '../../src/model/patched-image.ts'
import type { RenderedNode } from '../../src/model/rendered-node.ts'
import { expectRejection } from '../support/expect-code.ts'
import { bootFile, rootFile, sampleNode } from '../support/rendered-nodes.ts'
import {
  makeSmallImage,
  smallImage,
  temporaryFolder,
  testWithImages as test,
  type SmallFlavour,
} from '../support/small-image.ts'
import { debugfs, expectSound, readWithMtools, volumesOf } from '../support/validate-image.ts'
import { run, type Verdict } from '../support/validators.ts'

function withPatched<T>(
  base: string,
  node: RenderedNode,
  clock: Date | null,
  use: (image: PatchedImage) => Promise<T>,
): Promise<T> {
  return withPinnedFile({ path: base, state: readFileState(base) }, (file) =>
    withFileDevice(file, (device) => withPatchedImage({ file, device, xz: null }, node, clock, use)),
  )
}

/** Patches an image, writes the result beside it and reads it back. */
async function patch(
  base: string,
  node: RenderedNode = sampleNode,
  clock: Date | null = null,
): Promise<{ path: string; flavour: Flavour }> {
  const path = `${base}.patched`
  const flavour = await withPatched(base, node, clock, async (image) => {
    copyFileSync(base, path)
    await withWritableFileDevice(path, (device) => {
      for (const page of image.changedPages) device.write(page.byteOffset, page.bytes)
    })
    await withFileDevice(path, (device) => verifyImage(device, image))
    return image.layout.flavour
  })
  return { path, flavour }
}

describe('every flavour', () => {
  test.each<[SmallFlavour, Flavour]>([
    [
      'raspios',
      { name: 'raspios', osName: 'Debian GNU/Linux 13 (trixie)', seedBackend: 'nocloud', cmdlinePath: 'cmdline.txt' },
    ],
    [
      'raspios-12',
      {
        name: 'raspios-firstrun',
        osName: 'Debian GNU/Linux 12 (bookworm)',
        seedBackend: 'firstrun',
        cmdlinePath: 'cmdline.txt',
      },
    ],
    ['ubuntu', { name: 'ubuntu', osName: 'Ubuntu 24.04.4 LTS', seedBackend: 'nocloud', cmdlinePath: 'cmdline.txt' }],
    [
      'ubuntu-ab',
      { name: 'ubuntu-ab', osName: 'Ubuntu 26.04 LTS', seedBackend: 'nocloud', cmdlinePath: 'current/cmdline.txt' },
    ],
    [
      'debian',
      { name: 'debian', osName: 'Debian GNU/Linux 13 (trixie)', seedBackend: 'nocloud', cmdlinePath: 'cmdline.txt' },
    ],
  ])('%s: is recognised from its files, patched, sound and the same on a second build', async (name, expected) => {
    const base = smallImage(name, temporaryFolder())
    const untouched = readFileSync(base)
    const { path, flavour } = await patch(base)
    expect(flavour).toEqual(expected)
    expectSound(path)
    const cmdline = readWithMtools(path, expected.cmdlinePath)
    expect(cmdline.split('\n')).toHaveLength(2)
    expect(cmdline).toContain(readWithMtools(base, expected.cmdlinePath).trimEnd())
    expect(cmdline.match(/cgroup_enable=memory/g)).toHaveLength(1)
    expect(readWithMtools(path, 'config.txt')).toContain('[all]\ncamera_auto_detect=0\n')
    for (const file of sampleNode.seeds[expected.seedBackend].files) {
      expect(readWithMtools(path, file.path)).toBe(new TextDecoder().decode(file.content))
    }
    expect(debugfs(path, 'cat /etc/rancher/k3s/config.yaml')).toBe('token: sample-token\n')
    expect(debugfs(path, 'stat /etc/rancher/k3s/config.yaml')).toMatch(/Mode: +0600[^]*User: +0 +Group: +0/)
    expect(debugfs(path, 'stat /usr/lib/bantam/first-boot')).toMatch(/Mode: +0755/)
    expect(equalBytes(readFileSync(base), untouched), 'the base image changed').toBe(true)

    const first = readFileSync(path)
    expect(equalBytes(first, readFileSync((await patch(base)).path))).toBe(true)
  })
})

test('changes only the FAT and the ext4 blocks that the files need', async () => {
  const base = smallImage('raspios', temporaryFolder())
  const { boot, root } = volumesOf(base)
  await withPatched(base, sampleNode, null, async (image) => {
    const inFat = image.changedPages.filter(
      (page) => page.byteOffset >= boot.byteStart && page.byteOffset < boot.byteStart + boot.byteLength,
    )
    const inRoot = image.changedPages.filter((page) => page.byteOffset >= root.byteStart)
    expect(inFat.length + inRoot.length).toBe(image.changedPages.length)
    // Two FATs, FSInfo, root directory and a cluster per file; bitmaps, inodes, folders and a block per file.
    expect(inFat.length).toBeLessThan(16)
    expect(inRoot.length).toBeLessThan(40)
    return Promise.resolve()
  })
})

test('patching a patched image with another seed leaves nothing of the first', async () => {
  const base = smallImage('ubuntu', temporaryFolder())
  const { path } = await patch(base)
  const other: RenderedNode = {
    ...sampleNode,
    instanceId: 'worker-1-ffffffffffff',
    seeds: {
      ...sampleNode.seeds,
      nocloud: {
        files: [
          bootFile('user-data', '#cloud-config\n'),
          bootFile('meta-data', 'instance-id: worker-1-ffffffffffff\n'),
        ],
        links: [],
        cmdlineTokens: ['ds=nocloud;i=worker-1-ffffffffffff'],
      },
    },
    configTxtLines: ['gpu_mem=16'],
  }
  const again = (await patch(path, other)).path
  expectSound(again)
  expect(readWithMtools(again, 'cmdline.txt')).toMatch(/ds=nocloud;i=worker-1-ffffffffffff\n$/)
  expect(readWithMtools(again, 'cmdline.txt')).not.toContain('0123456789ab')
  expect(readWithMtools(again, 'config.txt')).not.toContain('camera_auto_detect')
  expect(readWithMtools(again, 'user-data')).toBe('#cloud-config\n')
})

test('stamps files with the given clock, else with the last write time of the base', async () => {
  const base = smallImage('raspios', temporaryFolder())
  const stat = (image: string): string =>
    run('debugfs', ['-R', 'stat /usr/lib/bantam/first-boot', `${image}?offset=${volumesOf(image).root.byteStart}`], {
      env: { TZ: 'UTC' },
    }).output
  expect(stat((await patch(base)).path)).toMatch(/mtime: .*Oct {2}9 08:53:20 2025/)
  expect(stat((await patch(base, sampleNode, new Date('2026-02-03T04:05:06Z'))).path)).toMatch(
    /mtime: .*Feb {2}3 04:05:06 2026/,
  )
})

const largeNode: RenderedNode = {
  ...sampleNode,
  files: [
    ...sampleNode.files,
    bootFile('large-1', 'x'.repeat(9000)),
    rootFile('etc/large-2', 'y'.repeat(3_000_000), 0o644),
  ],
}

test.each<[string, ErrorCode, (folder: string) => string]>([
  [
    'a FAT without room for the files',
    'FAT_FULL',
    (folder) =>
      spoiled(folder, {}, (image) => {
        const free = /([\d ]+) bytes free/
          .exec(run('mdir', ['-i', bootOf(image), '::']).output)?.[1]
          ?.replaceAll(' ', '')
        run('mcopy', ['-i', bootOf(image), '-', '::ballast'], { input: Buffer.alloc(Number(free) - 512, 1) })
      }),
  ],
  [
    'a root without room for the files',
    'EXT4_FULL',
    (folder) => spoiled(folder, { ROOT_MIB: '1', EXT4_FEATURES: '^has_journal' }, () => undefined),
  ],
  [
    'an ext4 with a journal to recover',
    'EXT4_NEEDS_RECOVERY',
    (folder) =>
      spoiled(folder, {}, (image) => {
        run('debugfs', ['-w', '-R', 'feature needs_recovery', rootOf(image)])
      }),
  ],
  [
    'an ext4 with an unknown incompatible feature',
    'EXT4_FEATURE_UNSUPPORTED',
    (folder) => spoiled(folder, { EXT4_FEATURES: 'casefold' }, () => undefined),
  ],
  [
    'no FAT partition',
    'IMAGE_BOOT_PARTITION_MISSING',
    (folder) =>
      spoiled(folder, {}, (image) => {
        run('sfdisk', ['--part-type', image, '1', '83'])
      }),
  ],
  [
    'no root partition',
    'IMAGE_ROOT_NOT_FOUND',
    (folder) =>
      spoiled(folder, {}, (image) => {
        run('sfdisk', ['--delete', image, '2'])
      }),
  ],
  [
    'a FAT partition that holds none',
    'FAT_INVALID',
    (folder) =>
      spoiled(folder, {}, (image) => {
        overwrite(image, volumesOf(image).boot.byteStart)
      }),
  ],
  [
    'a root partition that holds no ext4',
    'EXT4_INVALID',
    (folder) =>
      spoiled(folder, {}, (image) => {
        overwrite(image, volumesOf(image).root.byteStart + 1024)
      }),
  ],
  [
    'no config.txt',
    'IMAGE_BOOT_FILE_MISSING',
    (folder) =>
      spoiled(folder, {}, (image) => {
        run('mdel', ['-i', bootOf(image), '::config.txt'])
      }),
  ],
  [
    'no command line',
    'IMAGE_BOOT_FILE_MISSING',
    (folder) =>
      spoiled(folder, {}, (image) => {
        run('mdel', ['-i', bootOf(image), '::cmdline.txt'])
      }),
  ],
  [
    'an unknown system',
    'IMAGE_FLAVOUR_UNKNOWN',
    (folder) =>
      spoiled(folder, {}, (image) => {
        run('debugfs', ['-w', '-R', 'rm /etc/cloud/cloud.cfg', rootOf(image)])
      }),
  ],
  [
    'an image cut off',
    'PARTITION_TABLE_INVALID',
    (folder) =>
      spoiled(folder, {}, (image) => {
        truncateSync(image, statSync(image).size - 512)
      }),
  ],
  [
    'a file that is no disk image',
    'PARTITION_TABLE_MISSING',
    (folder) =>
      spoiled(folder, {}, (image) => {
        writeFileSync(image, 'text\n'.repeat(1000))
      }),
  ],
])('refuses %s and leaves the base as it is', async (_name, code, make) => {
  const base = make(temporaryFolder())
  const before = readFileSync(base)
  const error = await expectRejection(code, patch(base, largeNode))
  expect(error.message + error.hint).not.toContain('sample-token')
  expect(equalBytes(readFileSync(base), before)).toBe(true)
})

const CONFIG = 'etc/rancher/k3s/config.yaml'
const LINK = 'etc/systemd/system/multi-user.target.wants/bantam-first-boot.service'
const FOLDER = 'var/lib/rancher/k3s/server'

test.each<[string, string, string, (path: string) => unknown]>([
  [
    'other content of a file for boot',
    'user-data',
    'content',
    (path) => run('mcopy', ['-o', '-i', bootOf(path), '-', '::user-data'], { input: 'other' }),
  ],
  ['no file for boot', 'meta-data', 'content', (path) => run('mdel', ['-i', bootOf(path), '::meta-data'])],
  ['another mode', CONFIG, 'mode', (path) => change(path, `set_inode_field /${CONFIG} mode 0100644`)],
  ['another owner', CONFIG, 'owner', (path) => change(path, `set_inode_field /${CONFIG} uid 1000`)],
  ['another group', CONFIG, 'owner', (path) => change(path, `set_inode_field /${CONFIG} gid 1000`)],
  ['no file', CONFIG, 'kind', (path) => change(path, `rm /${CONFIG}`)],
  ['a shorter file', CONFIG, 'content', (path) => change(path, `set_inode_field /${CONFIG} size 10`)],
  ['no link', LINK, 'link target', (path) => change(path, `rm /${LINK}`)],
  ['another mode of a folder', FOLDER, 'mode', (path) => change(path, `set_inode_field /${FOLDER} mode 040755`)],
  ['no folder', FOLDER, 'kind', (path) => change(path, `rmdir /${FOLDER}`)],
  [
    'a file that had to go',
    'etc/ssh/ssh_host_rsa_key',
    'absence',
    (path) => change(path, 'mkdir /etc/ssh', 'cd /etc/ssh', `write ${import.meta.filename} ssh_host_rsa_key`),
  ],
  [
    'another length',
    'the image',
    'length',
    (path) => {
      truncateSync(path, statSync(path).size + 512)
    },
  ],
])('read-back finds %s, and names its place', async (_what, place, what, spoil) => {
  const base = smallImage('raspios', temporaryFolder())
  await withPatched(base, sampleNode, null, async (image) => {
    const { path } = await patch(base)
    spoil(path)
    const error = await expectRejection(
      'IMAGE_READ_BACK_MISMATCH',
      withFileDevice(path, (device) => verifyImage(device, { ...image, changedPages: [] })),
    )
    expect(error.facts).toEqual({ node: 'worker-1', path: place, what })
    expect(error.message).not.toContain('sample-token')
  })
})

/** Changes the root file system of an image as the requests for debugfs say. */
function change(path: string, ...requests: readonly string[]): Verdict {
  return run('debugfs', ['-w', '-f', '-', rootOf(path)], { input: `${requests.join('\n')}\n` })
}

test("read-back finds a changed byte outside of the node's files", async () => {
  const base = smallImage('raspios', temporaryFolder())
  const { path } = await patch(base)
  await withPatched(base, sampleNode, null, async (image) => {
    // The free counts of the ext4 superblock: no file shows them.
    const page =
      image.changedPages.find(({ byteOffset }) => byteOffset === volumesOf(path).root.byteStart) ??
      expect.fail('no superblock')
    const bytes = readFileSync(path)
    bytes.writeUInt8((bytes[page.byteOffset + 1024 + 0x0c] ?? 0) ^ 1, page.byteOffset + 1024 + 0x0c)
    writeFileSync(path, bytes)
    await expectRejection(
      'IMAGE_READ_BACK_MISMATCH',
      withFileDevice(path, (device) => verifyImage(device, image)),
    )
  })
})

test('if a path occurs twice, the last file wins', async () => {
  const base = smallImage('raspios', temporaryFolder())
  const twice = {
    ...sampleNode,
    files: [...sampleNode.files, rootFile('usr/lib/bantam/first-boot', 'second\n', 0o700)],
  }
  expect(debugfs((await patch(base, twice)).path, 'cat /usr/lib/bantam/first-boot')).toBe('second\n')
})

function spoiled(folder: string, env: NodeJS.ProcessEnv, spoil: (image: string) => void): string {
  const image = join(folder, 'spoiled.img')
  makeSmallImage('raspios', image, env)
  spoil(image)
  return image
}

function bootOf(image: string): string {
  return `${image}@@${volumesOf(image).boot.byteStart}`
}

function rootOf(image: string): string {
  return `${image}?offset=${volumesOf(image).root.byteStart}`
}

function overwrite(image: string, byteOffset: number): void {
  run('dd', ['if=/dev/zero', `of=${image}`, 'bs=512', `seek=${byteOffset / 512}`, 'count=8', 'conv=notrunc'])
}

test('a base that was started before loses its machine id', async () => {
  const base = smallImage('raspios', temporaryFolder())
  const { root } = volumesOf(base)
  const place = (path: string, text: string): void => {
    const source = `${base}.source`
    writeFileSync(source, text)
    expect(
      run('debugfs', ['-w', '-f', '-', `${base}?offset=${root.byteStart}`], {
        input: `mkdir etc/ssh\nrm ${path}\nwrite ${source} ${path}\n`,
      }).status,
    ).toBe(0)
  }
  place('etc/machine-id', '0123456789abcdef0123456789abcdef\n')
  place('etc/ssh/ssh_host_rsa_key', 'a key that others have, too\n')
  const { path } = await patch(base)
  expectSound(path)
  expect(debugfs(path, 'cat /etc/machine-id')).toBe('')
  expect(debugfs(path, 'stat /etc/machine-id')).toMatch(/Mode: +0444/)
  expect(debugfs(path, 'ls /etc/ssh')).not.toContain('ssh_host_rsa_key')
})
