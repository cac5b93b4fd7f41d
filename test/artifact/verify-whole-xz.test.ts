// @module-tag slow
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { verifyWholeXz } from '../../src/artifact/verify-whole-xz.ts'
import { writeXzImage } from '../../src/artifact/write-xz-image.ts'
import { withFileDevice } from '../../src/disk/file-device.ts'
import { OverlayDevice } from '../../src/disk/overlay-device.ts'
import type { PatchedImage } from '../../src/model/patched-image.ts'
import type { XzSource } from '../../src/xz-cache/xz-source.ts'
import { withBlockWorkers } from '../../src/xz/threads/block-workers.ts'
import { expectRejection } from '../support/expect-code.ts'
import { noise } from '../support/sample-image.ts'
import { temporaryFolder } from '../support/small-image.ts'
import { testWith } from '../support/validators.ts'
import { withXzFile, writeOptions } from '../support/write-options.ts'
import { xz } from '../support/xz.ts'

const test = testWith('xz')
const KIB = 1024
const BLOCK_BYTES = 256 * KIB
const BLOCK_COUNT = 12
/** Does not compress, so that files of other data have blocks of the same lengths. */
const data = noise(BLOCK_COUNT * BLOCK_BYTES, 11)

function pack(bytes: Uint8Array): Buffer {
  return xz(bytes, '-0', '-T2', `--block-size=${BLOCK_BYTES}`)
}

interface Written {
  readonly folder: string
  readonly path: string
  readonly image: PatchedImage
  readonly source: XzSource
  readonly verify: (source?: XzSource) => Promise<void>
  readonly cached: () => readonly string[]
}

/** Passes on a written image with edits in its first block. */
async function withWritten(use: (written: Written) => Promise<void>): Promise<void> {
  const folder = temporaryFolder()
  const basePath = join(folder, 'base.img.xz')
  writeFileSync(basePath, pack(data))
  const cache = join(folder, 'blocks')
  await withBlockWorkers(2, (workers) =>
    withXzFile(basePath, cache, workers, async (source, file) => {
      const device = new OverlayDevice(source.device)
      device.write(5000, Buffer.from('edited'))
      const image = {
        nodeName: 'n',
        base: { file, device: source.device, xz: source },
        device,
        changedPages: device.changedPages(),
      } as unknown as PatchedImage
      const { path } = await writeXzImage(image, source, writeOptions(join(folder, 'out')))
      await use({
        folder,
        path,
        image,
        source,
        verify: (chosen = source) =>
          withFileDevice(path, (file) => verifyWholeXz(path, file, image, chosen, { progress: () => undefined })),
        cached: () => readdirSync(cache, { recursive: true, encoding: 'utf8' }).sort(),
      })
    }),
  )
}

test('verifying leaves the cache and the output folder as they were', async () => {
  await withWritten(async ({ folder, verify, cached }) => {
    const before = cached()
    expect(before.filter((name) => name.endsWith('.raw'))).toHaveLength(1)
    await verify()
    expect(cached()).toEqual(before)
    expect(readdirSync(join(folder, 'out'))).toEqual(['n.img.xz'])
  })
})

test('verifying keeps all threads at work, and decodes every block', async () => {
  await withWritten(async ({ source, verify }) => {
    let atWork = 0
    let mostAtWork = 0
    let decodedBytes = 0
    const counting = async (byteLength: number, work: Promise<Uint8Array>): Promise<Uint8Array> => {
      mostAtWork = Math.max(mostAtWork, (atWork += 1))
      const bytes = await work
      atWork -= 1
      decodedBytes += byteLength
      return bytes
    }
    const { workers } = source
    await verify({
      ...source,
      workers: {
        ...workers,
        count: workers.count,
        check: (path, block) => counting(block.byteLength, workers.check(path, block)),
        decode: (path, block) => counting(block.byteLength, workers.decode(path, block)),
      },
    })
    expect(mostAtWork).toBeGreaterThanOrEqual(workers.count)
    expect(decodedBytes).toBe(data.byteLength)
  })
})

test('finds a result without its edits', async () => {
  await withWritten(async ({ path, verify }) => {
    await verify()
    writeFileSync(path, pack(data))
    await expectRejection('IMAGE_READ_BACK_MISMATCH', verify())
  })
})

test('finds other data in a block without edits, even if the block is sound', async () => {
  await withWritten(async ({ path, image, verify }) => {
    const other = new Uint8Array(data.byteLength)
    image.device.read(0, other)
    writeFileSync(path, pack(other))
    await verify()
    other[7 * BLOCK_BYTES + 1] = 255 - (other[7 * BLOCK_BYTES + 1] ?? 0)
    writeFileSync(path, pack(other))
    await expectRejection('IMAGE_READ_BACK_MISMATCH', verify())
  })
})

test('finds a damaged block, even if the base has the same damage', async () => {
  await withWritten(async ({ path, source, verify }) => {
    for (const file of [path, source.file.path]) {
      const bytes = readFileSync(file)
      bytes.fill(0x55, bytes.byteLength - 2000, bytes.byteLength - 1900)
      writeFileSync(file, bytes)
    }
    await expectRejection('XZ_CORRUPT', verify())
  })
})
