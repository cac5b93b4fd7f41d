// @module-tag slow
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect } from 'vitest'
import { equalBytes } from '../../../src/bytes/equal-bytes.ts'
import { withFileDevice, withWritableFileDevice } from '../../../src/disk/file-device.ts'
import type { ErrorCode } from '../../../src/errors.ts'
import { withExt4Reader, withExt4Writer } from '../../../src/fs/ext4/ext4-volume.ts'
import type { LinkWriter } from '../../../src/fs/file-system.ts'
import { expectRejection } from '../../support/expect-code.ts'
import { temporaryFolder } from '../../support/small-image.ts'
import { run, testWith } from '../../support/validators.ts'

const test = testWith('mke2fs', 'e2fsck', 'debugfs')
const CLOCK = new Date('2025-06-07T23:58:41Z')
/** A failure is made smaller for so long and then reported, before the test's own time is up. */
const SHRINK_LIMIT_MS = 40_000
const PLAIN = { mode: 0o644, uid: 0, gid: 0 }

function makeVolume(features: string, mib = 24, ...options: readonly string[]): string {
  const folder = temporaryFolder()
  const root = join(folder, 'root')
  mkdirSync(join(root, 'usr/lib'), { recursive: true })
  mkdirSync(join(root, 'etc'))
  writeFileSync(join(root, 'etc/hostname'), 'old\n')
  symlinkSync('usr/lib', join(root, 'lib'))
  symlinkSync('../usr/lib/os-release', join(root, 'etc/os-release'))
  writeFileSync(join(root, 'usr/lib/os-release'), 'ID=test\n')
  const path = join(folder, 'ext4')
  const verdict = run('mke2fs', ['-q', '-t', 'ext4', '-O', features, ...options, '-d', root, path, `${mib}M`])
  if (verdict.status !== 0) throw new Error(verdict.output)
  return path
}

function write(path: string, use: (volume: LinkWriter) => Promise<void>, clock = CLOCK): Promise<void> {
  return withWritableFileDevice(path, (device) => withExt4Writer(device, clock, use))
}

function expectClean(path: string): void {
  const verdict = run('e2fsck', ['-fn', path])
  expect(verdict, verdict.output).toMatchObject({ status: 0 })
}

test.each([
  ['Raspberry Pi OS 12', '^64bit,^huge_file,metadata_csum'],
  ['Raspberry Pi OS 13', '^64bit,^huge_file,metadata_csum,metadata_csum_seed,orphan_file'],
  ['Ubuntu 24.04', '64bit,huge_file,metadata_csum'],
  ['Ubuntu 26.04', '64bit,huge_file,metadata_csum,metadata_csum_seed,orphan_file'],
  ['no journal, no checksums', '^has_journal,^metadata_csum'],
  ['inline data and large directories', 'inline_data,large_dir,ea_inode'],
])('any files agree with a map, and e2fsck finds nothing: %s', async (_name, features) => {
  const empty = makeVolume(features)
  const path = `${empty}-edited`
  const names = Array.from({ length: 30 }, (_, index) => `etc/rancher/${'d/'.repeat(index % 4)}file-${index}`)
  const edit = fc.record({
    name: fc.constantFrom(...names),
    byteLength: fc.oneof(fc.nat(300_000), { arbitrary: fc.nat(5000), weight: 3 }),
    fill: fc.integer({ min: 0, max: 255 }),
    mode: fc.constantFrom(0o600, 0o4755),
    uid: fc.nat(0xffff),
    gid: fc.nat(0xffff),
  })
  const check = fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 60, size: 'max' }), async (edits) => {
    copyFileSync(empty, path)
    const model = new Map<string, { content: Uint8Array; mode: number; uid: number; gid: number }>()
    await write(path, async (volume) => {
      for (const { name, byteLength, fill, ...access } of edits) {
        const content = new Uint8Array(byteLength).fill(fill)
        await volume.writeFile(name, content, access)
        model.set(name, { content, ...access })
      }
    })
    expectClean(path)
    await withFileDevice(path, (device) =>
      withExt4Reader(device, async (volume) => {
        for (const [name, { content, ...access }] of model) {
          expect(await volume.status(name)).toEqual({ kind: 'file', byteLength: content.byteLength, ...access })
          expect(equalBytes((await volume.readFile(name)) ?? new Uint8Array(1), content), name).toBe(true)
        }
      }),
    )
    const [name, { content, uid, mode }] = [...model][0] ?? expect.fail('no file was written')
    const stat = run('debugfs', ['-R', `stat /${name}`, path]).output
    expect(stat).toMatch(new RegExp(`Mode: +0?${mode.toString(8)}`))
    expect(stat).toMatch(new RegExp(`User: +${uid} `))
    const dump = `${path}-dump`
    run('debugfs', ['-R', `dump /${name} ${dump}`, path])
    expect(equalBytes(readFileSync(dump), content)).toBe(true)
  })
  await fc.assert(check, { numRuns: 3, interruptAfterTimeLimit: SHRINK_LIMIT_MS })
})

test('stamps inodes with the given clock, so that two builds are equal', async () => {
  const original = makeVolume('metadata_csum')
  const copies = ['a', 'b'].map((suffix) => `${original}-${suffix}`)
  for (const copy of copies) {
    copyFileSync(original, copy)
    await write(copy, async (volume) => {
      await volume.writeFile('etc/new/file', new Uint8Array(5000), PLAIN)
      await volume.writeLink('etc/link', 'hostname')
    })
  }
  const [first = '', second = ''] = copies
  expect(equalBytes(readFileSync(first), readFileSync(second))).toBe(true)
  for (const name of ['/etc/new', '/etc/new/file']) {
    const stat = run('debugfs', ['-R', `stat ${name}`, first], { env: { TZ: 'UTC' } }).output
    expect(stat).toMatch(/mtime: .* Jun {2}7 23:58:41 2025/)
    expect(stat).toMatch(/crtime: .* Jun {2}7 23:58:41 2025/)
  }
})

test('replaces files and links instead of following them, and creates parents as root, 0755', async () => {
  const path = makeVolume('metadata_csum')
  await write(path, async (volume) => {
    await volume.writeFile('etc/hostname', new TextEncoder().encode('n\n'), { mode: 0o600, uid: 0, gid: 0 })
    await volume.writeFile('etc/os-release', new TextEncoder().encode('ID=ours\n'), PLAIN)
    await volume.writeFile('lib/systemd/x.service', new TextEncoder().encode('[Unit]\n'), PLAIN)
    await volume.writeLink('etc/systemd/wants/x.service', '/usr/lib/systemd/x.service')
    await volume.writeLink('etc/systemd/wants/x.service', '/lib/systemd/x.service')
  })
  expectClean(path)
  const debugfs = (request: string): string => run('debugfs', ['-R', request, path]).output
  expect(debugfs('cat /etc/hostname')).toMatch(/n\n/)
  expect(debugfs('stat /etc/hostname')).toMatch(/Mode: +0600/)
  expect(debugfs('cat /etc/os-release')).toContain('ID=ours')
  expect(debugfs('cat /usr/lib/os-release')).toContain('ID=test')
  expect(debugfs('cat /usr/lib/systemd/x.service')).toContain('[Unit]')
  expect(debugfs('stat /etc/systemd/wants/x.service')).toContain('"/lib/systemd/x.service"')
  expect(debugfs('stat /etc/systemd')).toMatch(/Mode: +0755[^]*User: +0 +Group: +0/)
})

test('fills a directory beyond one block', async () => {
  const path = makeVolume('metadata_csum')
  await write(path, async (volume) => {
    for (let index = 0; index < 400; index += 1) {
      await volume.writeFile(`etc/many/a-rather-long-file-name-${index}`, Uint8Array.from([index % 256]), PLAIN)
    }
  })
  expectClean(path)
  await withFileDevice(path, (device) =>
    withExt4Reader(device, async (volume) => {
      expect(await volume.list('etc/many')).toHaveLength(400)
    }),
  )
})

test('writes a file that is too large for one call of the library', async () => {
  const path = makeVolume('metadata_csum', 64)
  const content = new Uint8Array(40 * 1024 * 1024).map((_, index) => index % 253)
  await write(path, (volume) => volume.writeFile('usr/local/bin/k3s', content, { mode: 0o755, uid: 0, gid: 0 }))
  expectClean(path)
  const dump = join(temporaryFolder(), 'dump')
  run('debugfs', ['-R', `dump /usr/local/bin/k3s ${dump}`, path])
  expect(equalBytes(readFileSync(dump), content)).toBe(true)
})

test('reports that a file does not fit, in blocks and in inodes', async () => {
  await expectRejection(
    'EXT4_FULL',
    write(makeVolume('metadata_csum', 8), (volume) => volume.writeFile('big', new Uint8Array(20_000_000), PLAIN)),
  )
  const fewInodes = makeVolume('metadata_csum', 24, '-N', '40')
  await expectRejection(
    'EXT4_FULL',
    write(fewInodes, async (volume) => {
      for (let index = 0; index < 60; index += 1) await volume.writeFile(`etc/${index}`, new Uint8Array(), PLAIN)
    }),
  )
})

test('a reader changes nothing, and absence is null or an empty list', async () => {
  const path = makeVolume('metadata_csum')
  const before = readFileSync(path)
  await withFileDevice(path, (device) =>
    withExt4Reader(device, async (volume) => {
      expect(new TextDecoder().decode((await volume.readFile('etc/os-release')) ?? new Uint8Array())).toBe('ID=test\n')
      expect(await volume.readLink('etc/os-release')).toBe('../usr/lib/os-release')
      expect(await volume.status('etc/nowhere')).toBeNull()
      expect(await volume.status('etc/hostname/below-a-file')).toBeNull()
      expect(await volume.readFile('etc')).toBeNull()
      expect(await volume.readLink('etc/hostname')).toBeNull()
      expect(await volume.list('nowhere')).toEqual([])
    }),
  )
  expect(equalBytes(before, readFileSync(path))).toBe(true)
})

test('refuses owner ids above 16 bits, which the library would cut', async () => {
  const access = { mode: 0o600, uid: 65_536, gid: 0 }
  await expectRejection(
    'BUG',
    write(makeVolume('metadata_csum'), (volume) => volume.writeFile('x', new Uint8Array(1), access)),
  )
})

test.each(['etc', 'etc/hostname/x', 'etc/hostname/x/y'])(
  'refuses to write %s, a folder or below a file, and names the path',
  async (target) => {
    const path = makeVolume('metadata_csum')
    const error = await expectRejection(
      'EXT4_PATH_TAKEN',
      write(path, (volume) => volume.writeFile(target, new Uint8Array(1), PLAIN)),
    )
    expect(error.message).toMatch(/\/etc(\/hostname)? is a (folder|file)/)
  },
)

test('reports a failing operation with its path', async () => {
  const path = makeVolume('metadata_csum')
  const error = await expectRejection(
    'EXT4_OPERATION_FAILED',
    write(path, (volume) => volume.removeFile('no/such/file')),
  )
  expect(error.message).toContain('no/such/file')
})

/** Overwrites bytes of the superblock, which starts at byte 1024. */
function damage(path: string, offset: number, bytes: readonly number[]): void {
  const fd = openSync(path, 'r+')
  writeSync(fd, Uint8Array.from(bytes), 0, bytes.length, 1024 + offset)
  closeSync(fd)
}

test.each<[string, ErrorCode, string, (path: string) => void]>([
  [
    'no superblock',
    'EXT4_INVALID',
    'metadata_csum',
    (path) => {
      damage(path, 0x38, [0, 0])
    },
  ],
  [
    'a volume cut off',
    'EXT4_INVALID',
    'metadata_csum',
    (path) => {
      truncateSync(path, 20 * 1024 * 1024)
    },
  ],
  [
    'a file of a few bytes',
    'EXT4_INVALID',
    'metadata_csum',
    (path) => {
      truncateSync(path, 100)
    },
  ],
  [
    'a journal to recover',
    'EXT4_NEEDS_RECOVERY',
    'has_journal',
    (path) => {
      run('debugfs', ['-w', '-R', 'feature needs_recovery', path])
    },
  ],
  [
    'orphans in the orphan file',
    'EXT4_NEEDS_RECOVERY',
    '^metadata_csum',
    (path) => {
      damage(path, 0x66, [0x01, 0x00])
    },
  ],
  [
    'an orphaned inode',
    'EXT4_NEEDS_RECOVERY',
    '^metadata_csum',
    (path) => {
      damage(path, 0xe8, [13, 0, 0, 0])
    },
  ],
  [
    'marked errors',
    'EXT4_NEEDS_RECOVERY',
    '^metadata_csum',
    (path) => {
      damage(path, 0x3a, [3, 0])
    },
  ],
  [
    'not marked clean',
    'EXT4_NEEDS_RECOVERY',
    '^metadata_csum',
    (path) => {
      damage(path, 0x3a, [0, 0])
    },
  ],
  ['bigalloc', 'EXT4_FEATURE_UNSUPPORTED', 'bigalloc', () => undefined],
  ['quota', 'EXT4_FEATURE_UNSUPPORTED', 'quota', () => undefined],
  ['casefold', 'EXT4_FEATURE_UNSUPPORTED', 'casefold', () => undefined],
  ['mmp', 'EXT4_FEATURE_UNSUPPORTED', 'mmp', () => undefined],
  ['verity', 'EXT4_FEATURE_UNSUPPORTED', 'verity', () => undefined],
  [
    'an unknown incompatible feature',
    'EXT4_FEATURE_UNSUPPORTED',
    '^metadata_csum',
    (path) => {
      damage(path, 0x63, [0x40])
    },
  ],
])('refuses to write a volume with %s', async (_name, code, features, spoil) => {
  const path = makeVolume(features)
  spoil(path)
  const before = readFileSync(path)
  const error = await expectRejection(
    code,
    write(path, (volume) => volume.writeFile('x', new Uint8Array(1), PLAIN)),
  )
  if (code === 'EXT4_FEATURE_UNSUPPORTED')
    expect(error.message).toContain(features.startsWith('^') ? '0x40000000' : features)
  expect(equalBytes(before, readFileSync(path))).toBe(true)
})
