// @module-tag slow
/**
 * Assembles Debian 13 from this machine's mirror and has it judged: minutes of work and 170 MB of packages, so only where
 * BANTAM_TEST_DEBIAN=1 asks for it. BANTAM_CACHE names a cache folder that is kept.
 */
import { mkdirSync, readFileSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { obtainBaseImage } from '../../../src/base-images/obtain-base-image.ts'
import { withFileDevice } from '../../../src/disk/file-device.ts'
import { readImageFacts } from '../../../src/image/read-image-facts.ts'
import type { BaseImage } from '../../../src/model/base-image.ts'
import type { ProgressEvent } from '../../../src/progress.ts'
import { run } from '../../support/validators.ts'

const MINUTES = 60_000
const BOOT_OFFSET = 16_384 * 512
const ROOT_OFFSET = 1_064_960 * 512

describe.skipIf(process.env.BANTAM_TEST_DEBIAN !== '1')('debian-13 as it is assembled here', () => {
  const cacheFolder = process.env.BANTAM_CACHE ?? '/tmp/bantam-test-debian'
  const events: ProgressEvent[] = []
  let image: BaseImage

  function obtain(): Promise<BaseImage> {
    return obtainBaseImage(['debian-13'], {
      cacheFolder,
      workerCount: 2,
      baseFolder: cacheFolder,
      format: 'raw',
      debian: { recipeFolder: fileURLToPath(new URL('../../../debian-13', import.meta.url)), mirror: null },
      now: new Date('2026-11-21T10:00:00Z'),
      signal: new AbortController().signal,
      progress: (event) => events.push(event),
    })
  }

  /** Copies one partition out: fsck reads no file from an offset. */
  function partition(byteOffset: number, byteLength: number, name: string): string {
    const path = join(dirname(image.path), '..', '..', name)
    const verdict = run('dd', [
      `if=${image.path}`,
      `of=${path}`,
      'bs=1M',
      'iflag=skip_bytes,count_bytes',
      `skip=${byteOffset}`,
      `count=${byteLength}`,
      'conv=sparse',
      'status=none',
    ])
    expect(verdict.status, verdict.output).toBe(0)
    return path
  }

  function inRoot(root: string, command: string): string {
    return run('debugfs', ['-R', command, root]).output.replace(/^debugfs .*\n/, '')
  }

  beforeAll(async () => {
    mkdirSync(cacheFolder, { recursive: true })
    image = await obtain()
  }, 30 * MINUTES)

  test('has the partitions of Raspberry Pi OS 13', () => {
    const { output } = run('sfdisk', ['--dump', image.path])
    expect(output).toMatch(/label: dos\nlabel-id: 0x5[0-9a-f]{7}\n/)
    expect(output).toMatch(/start= +16384, size= +1048576, type=c\n.*start= +1064960, size= +(\d+), type=83\n/)
    expect(statSync(image.path).size % (8 * 1024 * 1024)).toBe(0)
  })

  test('its boot partition is sound and holds what the firmware looks for', () => {
    const boot = partition(BOOT_OFFSET, 512 * 1024 * 1024, 'boot.fat')
    const fsck = run('fsck.fat', ['-n', boot])
    expect(fsck.status, fsck.output).toBe(0)
    const listing = run('mdir', ['-b', '-/', '-i', boot, '::/']).output
    for (const name of [
      'kernel8.img',
      'initramfs8',
      'config.txt',
      'cmdline.txt',
      'user-data',
      'meta-data',
      'network-config',
      'start4.elf',
      'fixup4.dat',
      'bootcode.bin',
      'start.elf',
      'bcm2711-rpi-4-b.dtb',
      'bcm2837-rpi-3-b-plus.dtb',
      'bcm2712-rpi-5-b.dtb',
    ]) {
      expect(listing).toContain(`::/${name}\n`)
    }
    const initramfs = join(dirname(boot), 'initramfs8')
    expect(run('mcopy', ['-n', '-o', '-i', boot, '::/initramfs8', initramfs]).status).toBe(0)
    // cpio in the newc format: modules, which are packed already; the rest follows, packed.
    expect(readFileSync(initramfs).subarray(0, 6).toString('latin1')).toBe('070701')
  })

  test('its root partition is sound, runs on arm64 and holds no secret and no identity', async () => {
    const root = partition(ROOT_OFFSET, statSync(image.path).size - ROOT_OFFSET, 'root.ext4')
    const fsck = run('e2fsck', ['-fn', root])
    expect(fsck.status, fsck.output).toBe(0)
    expect(inRoot(root, 'cat /usr/lib/os-release')).toContain('VERSION_CODENAME=trixie')
    expect(inRoot(root, 'cat /etc/machine-id')).toBe('')
    expect(inRoot(root, 'cat /etc/shadow')).toMatch(/^root:[*!]/m)
    expect(inRoot(root, 'ls -p /etc/ssh')).not.toContain('ssh_host')
    expect(inRoot(root, 'cat /var/lib/dpkg/status')).not.toMatch(/^Status: (?!install ok installed)/m)
    expect(inRoot(root, 'ls -p /')).not.toMatch(/recipe|lib64/)
    expect(inRoot(root, 'ls -p /usr/lib')).not.toContain('x86_64')
    expect(inRoot(root, 'ls -p /usr/bin')).not.toContain('.kept')
    expect(inRoot(root, 'ls -p /run')).not.toContain('systemd')
    for (const name of ['dash', 'perl', 'sed', 'cp', 'zstd', 'kmod', 'python3.13']) {
      const copy = join(dirname(root), 'program')
      inRoot(root, `dump /usr/bin/${name} ${copy}`)
      const file = await open(copy)
      const { buffer } = await file.read(Buffer.alloc(20), 0, 20, 0)
      await file.close()
      expect(buffer.readUInt16LE(18), `${name} is for another machine`).toBe(0xb7)
    }
  })

  test('bantam reads it as Debian with cloud-init', async () => {
    const facts = await withFileDevice(image.path, (device) => readImageFacts(device, image.path))
    expect(facts.layout.flavour).toMatchObject({ name: 'debian', seedBackend: 'nocloud', cmdlinePath: 'cmdline.txt' })
  })

  test(
    'while the mirror gives the same packages, it is assembled once',
    async () => {
      events.length = 0
      expect((await obtain()).path).toBe(image.path)
      expect(events.map(({ subject }) => subject).filter((subject) => !subject.includes('asking'))).toEqual([])
    },
    5 * MINUTES,
  )
})
