import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ChecksumList } from '../../src/artifact/checksum-list.ts'
import { writeRawImage } from '../../src/artifact/write-raw-image.ts'
import { equalBytes } from '../../src/bytes/equal-bytes.ts'
import { MemoryDevice } from '../../src/disk/memory-device.ts'
import { OverlayDevice } from '../../src/disk/overlay-device.ts'
import { BuildError } from '../../src/errors.ts'
import { copySparse } from '../../src/host/copy-sparse.ts'
import { writeFileAtomically } from '../../src/host/write-file-atomically.ts'
import type { PatchedImage } from '../../src/model/patched-image.ts'
import { asUnprivileged } from '../support/as-unprivileged.ts'
import { expectRejection } from '../support/expect-code.ts'
import { temporaryFolder } from '../support/small-image.ts'
import { run, testWith } from '../support/validators.ts'
import { pin, writeOptions } from '../support/write-options.ts'

const MIB = 1024 * 1024
const signal = new AbortController().signal
const held = { requireHeld: () => Promise.resolve(), flush: true }

/** An image of 9 MiB plus one sector, mostly a hole, with two edits. */
async function patchedImage(folder: string): Promise<PatchedImage> {
  const basePath = join(folder, 'base.img')
  writeFileSync(basePath, Buffer.alloc(MIB, 7))
  truncateSync(basePath, 9 * MIB + 512)
  const overlay = new OverlayDevice(new MemoryDevice(readFileSync(basePath)))
  overlay.write(100, Uint8Array.from([1, 2, 3]))
  overlay.write(9 * MIB, Uint8Array.from([4]))
  // The writer passes the layout on to readBack and looks at nothing in it.
  return {
    nodeName: 'worker-1',
    base: { file: await pin(basePath), device: overlay.base, xz: null },
    device: overlay,
    changedPages: overlay.changedPages(),
    contents: { files: [], links: [] },
  } as unknown as PatchedImage
}

function bytesOf(image: PatchedImage): Uint8Array {
  const bytes = new Uint8Array(image.device.byteLength)
  image.device.read(0, bytes)
  return bytes
}

test('writes base and edits, sparse, with the SHA-256 that sha256sum gives', async () => {
  const folder = temporaryFolder()
  const image = await patchedImage(folder)
  const outFolder = join(folder, 'out/home')
  const artifact = await writeRawImage(image, writeOptions(outFolder, { verify: 'every-byte' }))
  expect(artifact).toMatchObject({
    node: 'worker-1',
    format: 'img',
    byteLength: 9 * MIB + 512,
    imageByteLength: 9 * MIB + 512,
  })
  expect(equalBytes(readFileSync(artifact.path), bytesOf(image))).toBe(true)
  expect(statSync(artifact.path).blocks * 512).toBeLessThan(2 * MIB)
  await new ChecksumList(outFolder, held).add(artifact)
  expect(run('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: outFolder })).toMatchObject({ status: 0 })
  expect(readdirSync(outFolder).sort()).toEqual(['SHA256SUMS', 'worker-1.img'])
})

test('the copy by hand equals the copy of cp: same bytes, and holes for zeros', async () => {
  const folder = temporaryFolder()
  const source = join(folder, 'source')
  const pieces = [
    Buffer.alloc(70_000, 1),
    Buffer.alloc(5 * MIB),
    Buffer.alloc(1, 2),
    Buffer.alloc(300_000),
    Buffer.alloc(100, 3),
  ]
  writeFileSync(source, Buffer.concat(pieces))
  const path = process.env.PATH
  try {
    // Without cp on the path only the copy by hand is left (the file system of the tests clones nothing).
    process.env.PATH = folder
    await copySparse(await pin(source), join(folder, 'by-hand'), signal)
  } finally {
    process.env.PATH = path
  }
  await copySparse(await pin(source), join(folder, 'by-cp'), signal)
  expect(equalBytes(readFileSync(join(folder, 'by-hand')), readFileSync(source))).toBe(true)
  expect(equalBytes(readFileSync(join(folder, 'by-cp')), readFileSync(source))).toBe(true)
  expect(statSync(join(folder, 'by-hand')).blocks * 512).toBeLessThan(MIB)
})

test.each([0o000, 0o077])('with the umask %o, nobody else can open the image at any time', async (mask) => {
  const folder = temporaryFolder()
  const image = await patchedImage(folder)
  const seen = join(folder, 'modes')
  // Stands in for cp: it notes the mode of the file that it is to fill, and leaves the copy to bantam.
  writeFileSync(join(folder, 'cp'), `#!/bin/sh\nfor target; do :; done\nstat -c %a "$target" >> ${seen}\nexit 1\n`)
  chmodSync(join(folder, 'cp'), 0o755)
  const [path, umask] = [process.env.PATH, process.umask(mask)]
  onTestFinished(() => {
    process.env.PATH = path
    process.umask(umask)
  })
  process.env.PATH = `${folder}:${path ?? ''}`
  const readBack = (): Promise<void> => {
    const [partial = ''] = readdirSync(join(folder, 'out'))
    writeFileSync(seen, `${(statSync(join(folder, 'out', partial)).mode & 0o777).toString(8)}\n`, { flag: 'a' })
    return Promise.resolve()
  }
  await writeRawImage(image, writeOptions(join(folder, 'out'), { readBack }))
  expect(readFileSync(seen, 'utf8')).toBe('600\n600\n')
})

test('keeps the sums of earlier images that still exist, and drops the others', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'server-1.img'), 's')
  const sum = (text: string): string => createHash('sha256').update(text).digest('hex')
  writeFileSync(
    join(folder, 'SHA256SUMS'),
    `${sum('s')}  server-1.img\n${sum('g')}  gone.img\nnonsense\n${sum('x')}  ../escape\n`,
  )
  writeFileSync(join(folder, 'worker-1.img'), 'w')
  const artifact = {
    node: 'worker-1',
    path: join(folder, 'worker-1.img'),
    format: 'img',
    byteLength: 1,
    imageByteLength: 1,
    sha256: sum('w'),
    readFrom: 'disk',
  } as const
  const list = new ChecksumList(folder, held)
  await list.add(artifact)
  expect(readFileSync(join(folder, 'SHA256SUMS'), 'utf8')).toBe(
    `${sum('s')}  server-1.img\n${sum('w')}  worker-1.img\n`,
  )
  await Promise.all([list.drop(['server-1.img']), list.drop(['worker-1.img']), list.drop(['unknown.img'])])
  expect(readFileSync(join(folder, 'SHA256SUMS'), 'utf8')).toBe('')
})

test('an image that fails its read-back never gets its name, and an older one stays', async () => {
  const folder = temporaryFolder()
  const outFolder = join(folder, 'out')
  const image = await patchedImage(folder)
  const { path } = await writeRawImage(image, writeOptions(outFolder))
  const before = statSync(path)
  const readBack = (): Promise<void> =>
    Promise.reject(new BuildError('IMAGE_READ_BACK_MISMATCH', { node: 'worker-1', path: 'user-data', what: 'content' }))
  await expectRejection('IMAGE_READ_BACK_MISMATCH', writeRawImage(image, writeOptions(outFolder, { readBack })))
  expect(statSync(path).mtimeMs).toBe(before.mtimeMs)
  expect(readdirSync(outFolder)).toEqual(['worker-1.img'])
})

test.each([
  ['when the image is flushed', { flush: true, verify: 'edits' }],
  ['with --no-sync --verify', { flush: false, verify: 'every-byte' }],
] as const)('finds a byte that changed outside the edits %s', async (_case, more) => {
  const folder = temporaryFolder()
  const image = await patchedImage(folder)
  // The copied file differs from the view that was hashed.
  const other = join(folder, 'other.img')
  writeFileSync(other, Buffer.alloc(MIB, 8))
  truncateSync(other, 9 * MIB + 512)
  const base = { ...image.base, file: await pin(other) }
  await expectRejection(
    'OUTPUT_VERIFY_FAILED',
    writeRawImage({ ...image, base }, writeOptions(join(folder, 'out'), more)),
  )
  expect(readdirSync(join(folder, 'out'))).toEqual([])
})

test('a base that is written during the build ends it', async () => {
  const folder = temporaryFolder()
  const image = await patchedImage(folder)
  const readBack = (): Promise<void> => {
    utimesSync(image.base.file.path, 1, 1)
    return Promise.resolve()
  }
  await expectRejection('FILE_CHANGED', writeRawImage(image, writeOptions(join(folder, 'out'), { readBack })))
  expect(readdirSync(join(folder, 'out'))).toEqual([])
})

test('an interrupted write leaves no file', async () => {
  const folder = temporaryFolder()
  const controller = new AbortController()
  const progress = (): void => {
    controller.abort()
  }
  await expectRejection(
    'BUILD_INTERRUPTED',
    writeRawImage(
      await patchedImage(folder),
      writeOptions(join(folder, 'out'), { signal: controller.signal, progress }),
    ),
  )
  expect(readdirSync(join(folder, 'out'))).toEqual([])
})

test('names the path that cannot be written', async () => {
  const folder = temporaryFolder()
  const image = await patchedImage(folder)
  writeFileSync(join(folder, 'file'), '')
  await expectRejection('OUTPUT_NOT_WRITABLE', writeRawImage(image, writeOptions(join(folder, 'file'))))
  await expectRejection('OUTPUT_NOT_WRITABLE', writeRawImage(image, writeOptions(join(folder, 'file/below'))))
  await expectRejection('OUTPUT_NOT_WRITABLE', writeFileAtomically(join(folder, 'file/below/x'), 'text', 0o600))
})

test('says that a folder may not be written to', async () => {
  const folder = temporaryFolder()
  const image = await patchedImage(folder)
  chmodSync(folder, 0o555)
  await asUnprivileged(() =>
    expectRejection('OUTPUT_NOT_WRITABLE', writeRawImage(image, writeOptions(join(folder, 'out')))),
  )
  chmodSync(folder, 0o700)
})

testWith('unshare', 'mount')('a full disk is told from other failures', () => {
  const folder = temporaryFolder()
  const script = `mount -t tmpfs -o size=4m none "$1" && exec node "$2" "$1" "$3"`
  const driver = join(folder, 'driver.mjs')
  const source = join(folder, 'source')
  writeFileSync(source, Buffer.alloc(6 * MIB, 1))
  const module = new URL('../../dist/host/', import.meta.url)
  writeFileSync(
    driver,
    `import { copySparse } from '${module.href}copy-sparse.js'
     import { outputError } from '${module.href}output-error.js'
     import { openSync } from 'node:fs'
     const [, , folder, path] = process.argv
     await copySparse({ descriptor: openSync(path) }, folder + '/copy', new AbortController().signal).catch((error) => {
       console.log(outputError(error, 'copy').code)
     })`,
  )
  const target = join(folder, 'full')
  run('mkdir', [target])
  const verdict = run('unshare', ['--mount', '--map-root-user', 'sh', '-c', script, 'sh', target, driver, source])
  expect(verdict.output).toBe('OUTPUT_DISK_FULL\n')
})

test('writes small files with the given mode under any umask', async () => {
  const path = join(temporaryFolder(), 'a/b/secret')
  await writeFileAtomically(path, 'x', 0o600)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  await writeFileAtomically(path, 'y', 0o644)
  expect(statSync(path).mode & 0o777).toBe(0o644)
  expect(readFileSync(path, 'utf8')).toBe('y')
  expect(existsSync(`${path}.partial`)).toBe(false)
})
