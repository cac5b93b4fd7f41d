// @module-tag slow
import { spawnSync } from 'node:child_process'
import { closeSync, openSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { MemoryDevice } from '../../../src/disk/memory-device.ts'
import { readXzLayout, type XzBlock } from '../../../src/xz/container/xz-layout.ts'
import { withBlockWorkers } from '../../../src/xz/threads/block-workers.ts'
import { expectCode, expectRejection } from '../../support/expect-code.ts'
import { sampleImage } from '../../support/sample-image.ts'
import { temporaryFolder } from '../../support/small-image.ts'
import { testWith } from '../../support/validators.ts'
import { xz } from '../../support/xz.ts'

const image = sampleImage()

interface Sample {
  readonly folder: string
  readonly path: string
  readonly packed: Buffer
  readonly blocks: readonly XzBlock[]
}

function sample(...parameters: readonly string[]): Sample {
  const folder = temporaryFolder()
  const path = join(folder, 'sample.xz')
  const packed = xz(image, '-1', '--block-size=300000', ...parameters)
  writeFileSync(path, packed)
  return { folder, path, packed, blocks: readXzLayout(new MemoryDevice(packed), path).blocks }
}

function dataOf({ byteStart, byteLength }: XzBlock): Buffer {
  return image.subarray(byteStart, byteStart + byteLength)
}

function at(blocks: readonly XzBlock[], index: number): XzBlock {
  const block = blocks[index]
  if (block === undefined) throw new Error(`no block ${index}`)
  return block
}

function emptyFile(path: string, byteLength: number): string {
  closeSync(openSync(path, 'w'))
  truncateSync(path, byteLength)
  return path
}

testWith('xz').each(['none', 'crc32', 'crc64', 'sha256'])(
  'decodes blocks with the check %s, waiting and standing still',
  async (check) => {
    const { path, blocks } = sample(`--check=${check}`)
    await withBlockWorkers(2, async (workers) => {
      const decoded = await Promise.all(blocks.map((block) => workers.decode(path, block)))
      expect(decoded.map((data, index) => Buffer.from(data).equals(dataOf(at(blocks, index))))).toEqual(
        blocks.map(() => true),
      )
      for (const block of blocks) expect(Buffer.from(workers.decodeSync(path, block)).equals(dataOf(block))).toBe(true)
    })
  },
)

testWith('xz')('decodes standing still while others wait, and the others get theirs', async () => {
  const { path, blocks } = sample()
  await withBlockWorkers(2, async (workers) => {
    const waiting = blocks.map((block) => workers.decode(path, block))
    for (const block of [...blocks].reverse())
      expect(Buffer.from(workers.decodeSync(path, block)).equals(dataOf(block))).toBe(true)
    const decoded = await Promise.all(waiting)
    expect(decoded.map((data, index) => Buffer.from(data).equals(dataOf(at(blocks, index))))).toEqual(
      blocks.map(() => true),
    )
  })
})

testWith('xz')('who stands still does not wait for whole files that the threads are writing', async () => {
  const { folder, path, blocks } = sample()
  const large = emptyFile(join(folder, 'large'), 700_000_000)
  const segments = [
    {
      kind: 'copied',
      source: large,
      fileOffset: 0,
      byteLength: 700_000_000,
      records: [{ unpaddedByteLength: 700_000_000, byteLength: 700_000_000 }],
    },
  ] as const
  await withBlockWorkers(1, async (workers) => {
    let isWritten = false
    const writing = workers
      .writeStream(join(folder, 'out.xz'), { segments, check: 'none' }, { mode: 0o600, onWritten: () => undefined })
      .finally(() => {
        isWritten = true
      })
    for (const block of blocks) expect(Buffer.from(workers.decodeSync(path, block)).equals(dataOf(block))).toBe(true)
    // Replies that arrived while the caller blocked are delivered now.
    await new Promise((resolve) => setTimeout(resolve, 0))
    expect(isWritten).toBe(false)
    expect((await writing).byteLength).toBe(32)
  })
})

testWith('xz')('decodes into a sparse file, waiting and standing still', async () => {
  const { folder, path, blocks } = sample()
  await withBlockWorkers(2, async (workers) => {
    const waiting = emptyFile(join(folder, 'waiting.img'), image.byteLength)
    await Promise.all(blocks.map((block) => workers.decodeToFile(path, block, waiting, block.byteStart)))
    const still = emptyFile(join(folder, 'still.img'), image.byteLength)
    for (const block of blocks) workers.decodeToFileSync(path, block, still, block.byteStart)
    for (const file of [waiting, still]) {
      expect(readFileSync(file).equals(image)).toBe(true)
      // 1.5 MB of the image are one run of zeros. Blocks are counted in units of 512 bytes.
      expect(statSync(file).blocks * 512).toBeLessThan(image.byteLength - 1_300_000)
    }
  })
})

testWith('xz')('writes nothing outside of a file that is too short', async () => {
  const { folder, path, blocks } = sample()
  const target = emptyFile(join(folder, 'short.img'), 299_999)
  await withBlockWorkers(1, async (workers) => {
    await expectRejection('DISK_OUT_OF_RANGE', workers.decodeToFile(path, at(blocks, 0), target, 0))
    expectCode('DISK_OUT_OF_RANGE', () => {
      workers.decodeToFileSync(path, at(blocks, 0), target, 0)
    })
    expect(readFileSync(target).every((byte) => byte === 0)).toBe(true)
  })
})

testWith('xz')('uses memory again that it gets back, and takes it away from who gave it', async () => {
  const { path, blocks } = sample()
  await withBlockWorkers(1, async (workers) => {
    for (const block of [...blocks, ...blocks]) {
      const data = await workers.decode(path, block)
      expect(Buffer.from(data).equals(dataOf(block))).toBe(true)
      workers.recycle(data)
      expect(data.byteLength).toBe(0)
      const still = workers.decodeSync(path, block)
      expect(Buffer.from(still).equals(dataOf(block))).toBe(true)
      workers.recycle(still)
    }
  })
})

testWith('xz')('gives failures with their code and the name of the file, and works on', async () => {
  const { path, packed, blocks } = sample()
  const damaged = Buffer.from(packed)
  const block = at(blocks, 1)
  damaged.fill(0xff, block.fileOffset + 100, block.fileOffset + 140)
  writeFileSync(path, damaged)
  await withBlockWorkers(1, async (workers) => {
    expect((await expectRejection('XZ_CORRUPT', workers.decode(path, block))).message).toContain(path)
    expect(
      expectCode('XZ_CORRUPT', () => workers.decodeSync(path, block, 'https://images/sample.xz')).message,
    ).toContain('https://images/sample.xz')
    await expect(workers.decode(`${path}.gone`, block)).rejects.toMatchObject({ code: 'ENOENT' })
    expect(() => workers.decodeSync(`${path}.gone`, block)).toThrow(/ENOENT/)
    await expectRejection('XZ_BLOCK_TOO_LARGE', workers.decode(path, { ...block, byteLength: 2 ** 40 }))
    expect(Buffer.from(await workers.decode(path, at(blocks, 2))).equals(dataOf(at(blocks, 2)))).toBe(true)
  })
})

testWith('xz')('an abort ends what is waited for, with its reason', async () => {
  const { path, blocks } = sample()
  const controller = new AbortController()
  const work = withBlockWorkers(
    1,
    async (workers) => {
      const waiting = blocks.map((block) => workers.decode(path, block))
      controller.abort(new Error('stop it'))
      const outcomes = await Promise.allSettled(waiting)
      expect(outcomes.map((outcome) => outcome.status === 'rejected' && (outcome.reason as Error).message)).toEqual(
        blocks.map(() => 'stop it'),
      )
      expect(() => workers.decodeSync(path, at(blocks, 0))).toThrow('stop it')
      await expect(workers.decode(path, at(blocks, 0))).rejects.toThrow('stop it')
      return 'done'
    },
    { signal: controller.signal },
  )
  expect(await work).toBe('done')
  await expect(withBlockWorkers(1, () => 'never', { signal: controller.signal })).rejects.toThrow('stop it')
})

testWith('xz')('closes at once, and is closed for good', async () => {
  const folder = temporaryFolder()
  const path = join(folder, 'zeros.xz')
  writeFileSync(path, xz(Buffer.alloc(200_000_000), '-0'))
  const { blocks } = readXzLayout(new MemoryDevice(readFileSync(path)), path)
  const kept = await withBlockWorkers(1, (workers) => {
    // Were it waited for, it would be given.
    return { workers, unfinished: expectRejection('BUG', workers.decode(path, at(blocks, 0))) }
  })
  await kept.unfinished
  await expectRejection('BUG', kept.workers.decode(path, at(blocks, 0)))
  expectCode('BUG', () => kept.workers.decodeSync(path, at(blocks, 0)))
})

test('does not keep the process alive when no caller waits for a block', () => {
  const module = new URL('../../../dist/xz/threads/block-workers.js', import.meta.url).href
  const script = `
    import { withBlockWorkers } from '${module}'
    withBlockWorkers(2, () => { console.log('lent'); return new Promise(() => {}) })
  `
  const result = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    timeout: 20_000,
    encoding: 'utf8',
    cwd: fileURLToPath(new URL('.', import.meta.url)),
  })
  expect({ status: result.status, stdout: result.stdout, stderr: result.stderr }).toEqual({
    status: 0,
    stdout: 'lent\n',
    stderr: '',
  })
})
