/** Watches what is asked of the system, in its order: what a power cut leaves cannot be seen otherwise. All calls do what they do. */
import { createHash, randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, readlinkSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import type * as Fs from 'node:fs'
import type * as FsPromises from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { ChecksumList } from '../../src/artifact/checksum-list.ts'
import { writeArtifact } from '../../src/artifact/write-artifact.ts'
import { locateCache } from '../../src/cache/cache-folders.ts'
import { writeIndexRecord } from '../../src/cache/cache-index.ts'
import { publishEntry } from '../../src/cache/publish-entry.ts'
import { fetchFile } from '../../src/download/fetch-file.ts'
import { planTransfer } from '../../src/download/transfer.ts'
import {
  appendToFile,
  movePath,
  removeAllPartials,
  removePartials,
  removePartialsBelow,
  replaceFile,
  writeAtomicFile,
} from '../../src/host/atomic-file.ts'
import { copySparse } from '../../src/host/copy-sparse.ts'
import { makeFolder } from '../../src/host/make-folder.ts'
import { replacePrivateText } from '../../src/host/private-file.ts'
import { sealFile } from '../../src/host/sealed-file.ts'
import { writeFileAtomically } from '../../src/host/write-file-atomically.ts'
import { expectRejection } from '../support/expect-code.ts'
import { type Behaviour, startReleaseServer } from '../support/release-server.ts'
import { temporaryFolder } from '../support/small-image.ts'
import { pin, writeOptions } from '../support/write-options.ts'

const calls = vi.hoisted(() => ({
  list: [] as string[],
  failing: null as string | null,
  code: 'EIO',
  descriptors: new Map<number, string>(),
}))

/** Notes a call, with the names of files below the test's folder; fails it where the test says so. */
function note(call: string, ...paths: readonly string[]): void {
  const names = paths.map(
    (path) => path.slice(folder.length + 1).replaceAll(/[0-9a-f-]{36}|partial-\w{6}/g, '*') || '.',
  )
  const line = [call, ...names].join(' ')
  calls.list.push(line)
  if (calls.failing === line) throw Object.assign(new Error('as the system says'), { code: calls.code })
}

vi.mock('node:fs/promises', async (importOriginal) => {
  const real = await importOriginal<typeof FsPromises>()
  return {
    ...real,
    open: async (path: string, flags: string, mode?: number) => {
      const file = await real.open(path, flags, mode)
      const modeNow = async (): Promise<string> => ((await file.stat()).mode & 0o777).toString(8)
      if (flags === 'wx' || flags === 'a') note(`create ${await modeNow()}`, path)
      const [writeFile, sync] = [file.writeFile.bind(file), file.sync.bind(file)]
      return Object.assign(file, {
        writeFile: async (content: string) => {
          note(`write ${await modeNow()}`, path)
          await writeFile(content)
        },
        sync: async () => {
          note('sync', path)
          await sync()
        },
      })
    },
    rename: async (from: string, to: string) => {
      note('rename', from, to)
      await real.rename(from, to)
    },
    rm: async (path: string, options: Fs.RmOptions) => {
      // What may be missing is what a killed command left.
      if (options.force !== true) note('remove', path)
      await real.rm(path, options)
    },
  }
})

vi.mock('node:fs', async (importOriginal) => {
  const real = await importOriginal<typeof Fs>()
  return {
    ...real,
    openSync: (path: string, flags: string, mode?: number) => {
      const fd = real.openSync(path, flags, mode)
      calls.descriptors.set(fd, path)
      return fd
    },
    fsyncSync: (fd: number) => {
      note('sync', calls.descriptors.get(fd) ?? '')
      real.fsyncSync(fd)
    },
    renameSync: (from: string, to: string) => {
      note('rename', from, to)
      real.renameSync(from, to)
    },
  }
})

let folder = ''
beforeEach(() => {
  folder = temporaryFolder()
  calls.list = []
  calls.failing = null
  calls.code = 'EIO'
})

const requireHeld = (): Promise<void> => {
  note('lock')
  return Promise.resolve()
}

const partial = 'a.*.partial'
const finished = (name: string, from: string): readonly string[] => [`sync ${from}`, `rename ${from} ${name}`, 'sync .']

describe.each([0o000, 0o077])('with the umask %o', (mask) => {
  test.each([0o600, 0o644])('a file has the mode %o before its first byte, and never a wider one', async (mode) => {
    const before = process.umask(mask)
    onTestFinished(() => void process.umask(before))
    await writeAtomicFile(join(folder, 'a'), 'text', { mode })
    expect(calls.list).toEqual([
      `create ${(mode & ~mask).toString(8)} ${partial}`,
      `write ${mode.toString(8)} ${partial}`,
      ...finished('a', partial),
    ])
    expect(statSync(join(folder, 'a')).mode & 0o777).toBe(mode)
    expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('text')
  })
})

test('nobody else can open the copy of a base, from its creation on', async () => {
  const before = process.umask(0)
  onTestFinished(() => void process.umask(before))
  writeFileSync(join(folder, 'base'), 'text')
  await copySparse(await pin(join(folder, 'base')), join(folder, 'a'), new AbortController().signal)
  expect(calls.list).toEqual(['create 600 a'])
  expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('text')
})

test('the last check runs after the flush, and just before the rename', async () => {
  writeFileSync(join(folder, 'a.partial'), 'text')
  await replaceFile(join(folder, 'a.partial'), join(folder, 'a'), {
    beforeRename: () => {
      note('check')
      return Promise.resolve()
    },
  })
  expect(calls.list).toEqual(['sync a.partial', 'check', 'rename a.partial a', 'sync .'])
})

describe('the order of flushes and renames', () => {
  test('output', async () => {
    await writeFileAtomically(join(folder, 'a'), 'text', 0o644)
    expect(calls.list.slice(1)).toEqual([`write 644 ${partial}`, ...finished('a', partial)])
  })

  test('secrets', async () => {
    await replacePrivateText(join(folder, 'a'), 'text', requireHeld)
    const [sync = '', ...rest] = finished('a', partial)
    expect(calls.list.slice(1)).toEqual([`write 600 ${partial}`, sync, 'lock', ...rest])
  })

  test('a note of the cache', async () => {
    const record = { url: '', sha256: '', verified: true, obtainedAt: '', etag: null, lastModified: null }
    await writeIndexRecord({ cache: { ...locateCache(folder), index: folder }, requireHeld }, 'a', record)
    const [sync = '', ...rest] = finished('a.json', 'a.json.*.partial')
    expect(calls.list.slice(2)).toEqual([sync, 'lock', ...rest])
  })

  test('a folder of the cache, whose files and names come first', async () => {
    await publishEntry(
      join(folder, 'a'),
      (entry) => {
        for (const name of ['one', 'two']) writeFileSync(join(entry, name), 'text')
        return Promise.resolve(['one', 'two'])
      },
      requireHeld,
    )
    expect(calls.list).toEqual(['sync a.*/one', 'sync a.*/two', 'sync a.*', 'lock', 'rename a.* a', 'sync .'])
    expect(statSync(join(folder, 'a/one')).mode & 0o777).toBe(0o444)
  })

  test('a block of the cache, whose note comes last', () => {
    writeFileSync(join(folder, 'a.partial'), 'text')
    sealFile(join(folder, 'a.partial'), join(folder, 'a'))
    expect(calls.list).toEqual([...finished('a', 'a.partial'), ...finished('a.sha256', 'a.partial.note')])
  })

  test('a new folder, from the top', async () => {
    await makeFolder(join(folder, 'a/b/c'))
    expect(calls.list).toEqual(['sync .', 'sync a', 'sync a/b'])
    // A folder that exists has its name.
    await makeFolder(join(folder, 'a/b/c'))
    expect(calls.list).toHaveLength(3)
  })

  test('a line of the user’s file, which is not replaced', async () => {
    writeFileSync(join(folder, 'a'), 'theirs\n', { mode: 0o664 })
    await appendToFile(join(folder, 'a'), 'ours\n', 0o644)
    expect(calls.list.slice(1)).toEqual([expect.stringMatching('^write 6.4 a$'), 'sync a', 'sync .'])
    expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('theirs\nours\n')
  })

  test('a file that moves', async () => {
    for (const name of ['from', 'to']) mkdirSync(join(folder, name))
    writeFileSync(join(folder, 'from/a'), 'text')
    await movePath(join(folder, 'from/a'), join(folder, 'to/a'), join(folder, 'to/b.partial'))
    expect(calls.list).toEqual(['rename from/a to/a', 'sync to', 'sync from'])
  })

  test('a folder that moves to another file system: a whole copy is there before the original goes', async () => {
    mkdirSync(join(folder, 'from/a/b'), { recursive: true })
    mkdirSync(join(folder, 'to'))
    writeFileSync(join(folder, 'from/a/b/c'), 'text')
    Object.assign(calls, { failing: 'rename from/a to/a', code: 'EXDEV' })
    await movePath(join(folder, 'from/a'), join(folder, 'to/a'), join(folder, 'to/b.partial'))
    const copied = ['sync to/b.partial/b/c', 'sync to/b.partial/b', 'sync to/b.partial']
    const named = ['rename to/b.partial to/a', 'sync to']
    expect(calls.list).toEqual([calls.failing, ...copied, ...named, 'remove from/a', 'sync from'])
    expect([readdirSync(join(folder, 'from')), readFileSync(join(folder, 'to/a/b/c'), 'utf8')]).toEqual([[], 'text'])
  })

  test('an image, whose line in SHA256SUMS goes in between', async () => {
    writeFileSync(join(folder, 'SHA256SUMS'), `${'0'.repeat(64)}  n.img\n`)
    writeFileSync(join(folder, 'n.img'), 'older')
    const sums = new ChecksumList(folder, { requireHeld, flush: true })
    const options = writeOptions(folder, { beforeReplace: (name) => sums.drop([name]), requireHeld })
    const sha256 = createHash('sha256').update('image').digest('hex')
    await writeArtifact('n', 'img', options, (path) => {
      writeFileSync(path, 'image')
      return Promise.resolve({ byteLength: 5, sha256, imageByteLength: 5 })
    })
    const [sync = '', ...renamed] = finished('SHA256SUMS', 'SHA256SUMS.*.partial')
    expect(calls.list.filter((call) => !/^(create|write)/.test(call))).toEqual([
      'sync n.img.*.partial',
      'lock',
      ...[sync, 'lock', ...renamed],
      ...['lock', 'rename n.img.*.partial n.img', 'sync .'],
    ])
    expect(readFileSync(join(folder, 'SHA256SUMS'), 'utf8')).toBe('')
  })
})

test.each<readonly [string, readonly Behaviour[], boolean]>([
  ['is complete', [], false],
  ['was cut', ['cut-at-half'], false],
  ['was interrupted', ['stall-at-half'], true],
])(
  'the bytes of a download that %s are on the disk before a build resumes it',
  async (_case, behaviours, interrupted) => {
    const server = await startReleaseServer()
    onTestFinished(() => server.close())
    server.put('/a', Buffer.alloc(100_000, 'text'))
    server.behave('/a', behaviours)
    const interruption = new AbortController()
    const fetched = fetchFile(`${server.origin}/a`, {
      partialPath: join(folder, 'a.partial'),
      subject: 'a',
      checksum: 'known',
      unlessMatches: null,
      transfer: planTransfer(interruption.signal, { retryDelaysMs: [] }),
      progress: () => {
        if (interrupted) interruption.abort()
      },
    })
    if (behaviours.length === 0) await fetched
    else await expect(fetched).rejects.toThrow()
    expect(calls.list).toEqual(['sync a.partial'])
  },
)

test('without a flush, nothing waits for the disk', async () => {
  await writeFileAtomically(join(folder, 'a'), 'text', 0o644, { flush: false })
  expect(calls.list.slice(1)).toEqual([`write 644 ${partial}`, `rename ${partial} a`])
})

test('a disk that fails to store an image leaves the earlier one', async () => {
  writeFileSync(join(folder, 'n.img'), 'older')
  calls.failing = 'sync n.img.*.partial'
  const write = (path: string): Promise<{ byteLength: number; sha256: string; imageByteLength: number }> => {
    writeFileSync(path, 'image')
    return Promise.resolve({ byteLength: 5, sha256: '', imageByteLength: 5 })
  }
  await expectRejection('OUTPUT_DISK_FAILED', writeArtifact('n', 'img', writeOptions(folder), write))
  expect([readdirSync(folder), readFileSync(join(folder, 'n.img'), 'utf8')]).toEqual([['n.img'], 'older'])
})

describe('a file that cannot be written', () => {
  test.each([`write 644 ${partial}`, `sync ${partial}`, `rename ${partial} a`])(
    'keeps the earlier one and leaves no partial file: %s',
    async (failing) => {
      writeFileSync(join(folder, 'a'), 'earlier')
      calls.failing = failing
      await expect(writeAtomicFile(join(folder, 'a'), 'text', { mode: 0o644 })).rejects.toThrow('as the system says')
      expect([readdirSync(folder), readFileSync(join(folder, 'a'), 'utf8')]).toEqual([['a'], 'earlier'])
    },
  )

  test('reports a folder that the system fails to flush', async () => {
    calls.failing = 'sync .'
    await expect(writeAtomicFile(join(folder, 'a'), 'text', { mode: 0o644 })).rejects.toThrow('as the system says')
    writeFileSync(join(folder, 'b.partial'), 'text')
    expect(() => {
      sealFile(join(folder, 'b.partial'), join(folder, 'b'))
    }).toThrow('as the system says')
  })

  // open(2), fsync(2): what systems say that cannot open a folder or flush it.
  test.each(['EACCES', 'EBADF', 'EINVAL', 'EISDIR', 'ENOSYS', 'ENOTSUP', 'EPERM'])(
    'is written where the system cannot flush a folder: %s',
    async (code) => {
      Object.assign(calls, { failing: 'sync .', code })
      await writeAtomicFile(join(folder, 'a'), 'text', { mode: 0o644 })
      writeFileSync(join(folder, 'b.partial'), 'text')
      sealFile(join(folder, 'b.partial'), join(folder, 'b'))
      expect(readdirSync(folder).sort()).toEqual(['a', 'b', 'b.sha256'])
      // A file is another matter: its bytes may be lost.
      calls.failing = `sync ${partial}`
      await expect(writeAtomicFile(join(folder, 'a'), 'text', { mode: 0o644 })).rejects.toThrow('as the system says')
    },
  )

  test.skipIf(process.platform !== 'linux')('is closed, and so is its folder', async () => {
    const opened = (): readonly string[] =>
      readdirSync('/proc/self/fd').flatMap((fd) => {
        try {
          return [readlinkSync(join('/proc/self/fd', fd))].filter((path) => path.startsWith(folder))
        } catch {
          return []
        }
      })
    await writeAtomicFile(join(folder, 'a'), 'text', { mode: 0o644 })
    writeFileSync(join(folder, 'b.partial'), 'text')
    sealFile(join(folder, 'b.partial'), join(folder, 'b'))
    // The base stays open, until its last user lets it go.
    const base = join(temporaryFolder(), 'base')
    writeFileSync(base, 'text')
    await copySparse(await pin(base), join(folder, 'c'), new AbortController().signal)
    expect(opened()).toEqual([])
    for (const failing of [`sync ${partial}`, 'sync .']) {
      calls.failing = failing
      await expect(writeAtomicFile(join(folder, 'a'), 'text', { mode: 0o644 })).rejects.toThrow('as the system says')
    }
    expect(opened()).toEqual([])
  })

  test('explains that a folder is in the place of a file', async () => {
    mkdirSync(join(folder, 'a'))
    await expectRejection('OUTPUT_NOT_WRITABLE', writeFileAtomically(join(folder, 'a'), 'text', 0o644))
    await expectRejection(
      'SECRETS_UNWRITABLE',
      replacePrivateText(join(folder, 'a'), 'text', () => Promise.resolve()),
    )
    expect(readdirSync(folder)).toEqual(['a'])
  })
})

test('removes the partial files of killed writers of a file, and no other files', async () => {
  const file = 'home.secrets.yaml'
  const others = [
    ...[file, `${file}.1234.partial`, `${file}.bak.partial`, `${file}.lock`, `${file}2.partial`],
    ...[`${file}x${randomUUID()}.partial`, `my.${file}.partial`],
  ]
  const left = [`${file}.partial`, `${file}.${randomUUID()}.partial`]
  for (const name of [...others, ...left]) writeFileSync(join(folder, name), '')
  await removePartials(join(folder, file))
  expect(readdirSync(folder).sort()).toEqual(others.sort())
})

test('removes the partial files of all files in a folder, and no other files', async () => {
  const left = ['a.img.partial', `b.img.xz.${randomUUID()}.partial`, `.gitignore.${randomUUID()}.partial`]
  for (const name of [...left, 'a.img', 'partial', '.lock', 'b.partial.txt']) writeFileSync(join(folder, name), '')
  mkdirSync(join(folder, `moved.${randomUUID()}.partial/seeds`), { recursive: true })
  await removeAllPartials(folder)
  expect(readdirSync(folder).sort()).toEqual(['.lock', 'a.img', 'b.partial.txt', 'partial'])
  await removeAllPartials(join(folder, 'missing'))
  symlinkSync('loop', join(folder, 'loop'))
  await expect(removeAllPartials(join(folder, 'loop'))).rejects.toThrow('ELOOP')
})

test('below a folder, removes what has a unique name of a partial file, and follows no link', async () => {
  const unique = `user-data.${randomUUID()}.partial`
  mkdirSync(join(folder, 'seeds/worker-1/etc'), { recursive: true })
  mkdirSync(join(folder, 'elsewhere'))
  symlinkSync('../elsewhere', join(folder, 'seeds/link'))
  for (const name of ['seeds/worker-1', 'seeds', 'elsewhere']) writeFileSync(join(folder, name, unique), '')
  // A file of the node, which the user named.
  writeFileSync(join(folder, 'seeds/worker-1/etc/my.partial'), '')
  await removePartialsBelow(join(folder, 'seeds'))
  expect(readdirSync(join(folder, 'seeds')).sort()).toEqual(['link', 'worker-1'])
  expect(readdirSync(join(folder, 'seeds/worker-1'), { recursive: true }).sort()).toEqual(['etc', 'etc/my.partial'])
  expect(readdirSync(join(folder, 'elsewhere'))).toEqual([unique])
  await removePartialsBelow(join(folder, 'missing'))
})
