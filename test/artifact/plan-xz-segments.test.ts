// @module-tag slow
import { writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect } from 'vitest'
import { planXzSegments } from '../../src/artifact/plan-xz-segments.ts'
import { readBackXz } from '../../src/artifact/read-back-xz.ts'
import { writeXzImage } from '../../src/artifact/write-xz-image.ts'
import { pathOf, withFileDevice } from '../../src/disk/file-device.ts'
import { OverlayDevice } from '../../src/disk/overlay-device.ts'
import type { PatchedImage } from '../../src/model/patched-image.ts'
import type { Progress } from '../../src/progress.ts'
import { KIB, MIB } from '../../src/units.ts'
import type { XzSource } from '../../src/xz-cache/xz-source.ts'
import type { XzSegment } from '../../src/xz/container/xz-segment.ts'
import { withBlockWorkers } from '../../src/xz/threads/block-workers.ts'
import { expectRejection } from '../support/expect-code.ts'
import { noise } from '../support/sample-image.ts'
import { temporaryFolder } from '../support/small-image.ts'
import { testWith } from '../support/validators.ts'
import { withXzFile, writeOptions } from '../support/write-options.ts'
import { xz } from '../support/xz.ts'

const test = testWith('xz')

interface Edited {
  readonly folder: string
  readonly image: PatchedImage
  readonly source: XzSource
}

/** Passes on an image with edits over blocks of noise. Each edit is an offset and a length. */
async function withEdits(
  { byteLength, blockBytes, damagedAt = null }: { byteLength: number; blockBytes: number; damagedAt?: number | null },
  edits: readonly (readonly [number, number])[],
  use: (edited: Edited) => Promise<void>,
): Promise<void> {
  const folder = temporaryFolder()
  const path = join(folder, 'base.img.xz')
  const packed = xz(noise(byteLength, 7), '-0', '-T2', `--block-size=${blockBytes}`)
  if (damagedAt !== null) packed[damagedAt] = (packed[damagedAt] ?? 0) ^ 1
  writeFileSync(path, packed)
  await withBlockWorkers(2, (workers) =>
    withXzFile(path, join(folder, 'blocks'), workers, async (source, file) => {
      const device = new OverlayDevice(source.device)
      for (const [byteOffset, count] of edits) device.write(byteOffset, Buffer.alloc(count, 'edit'))
      const image = {
        nodeName: 'n',
        base: { file, device: source.device, xz: source },
        device,
        changedPages: device.changedPages(),
      } as unknown as PatchedImage
      await use({ folder, image, source })
    }),
  )
}

/** Each segment with the unpacked bytes that it holds: copied from a file, or packed from an offset on. */
function describeSegments(segments: readonly XzSegment[]): readonly string[] {
  return segments.map((segment) =>
    segment.kind === 'packed'
      ? `packed ${segment.byteStart / KIB} ${segment.record.byteLength / KIB}`
      : `${basename(pathOf(segment.source))} ${segment.records.reduce((sum, { byteLength }) => sum + byteLength, 0) / KIB}`,
  )
}

const three = { byteLength: 6 * MIB, blockBytes: 2 * MIB }

describe('only the pieces with edits are packed again', () => {
  test('an edit across two blocks, and edits that end or begin where a piece does', async () => {
    const edits = [
      [2 * MIB - 100, 200],
      [4 * MIB + 60 * KIB, 4 * KIB],
      [4 * MIB + 192 * KIB, 10],
    ] as const
    await withEdits(three, edits, async ({ image, source }) => {
      expect(describeSegments(await planXzSegments(image, source))).toEqual([
        '0.parts.xz 1024',
        '0.1048576.pieces.xz 960',
        'packed 1984 64',
        'packed 2048 64',
        '1.0.pieces.xz 960',
        '1.parts.xz 1024',
        'packed 4096 64',
        '2.0.pieces.xz 128',
        'packed 4288 64',
        '2.0.pieces.xz 768',
        '2.parts.xz 1024',
      ])
    })
  })

  test('a page that belongs to two blocks', async () => {
    const uneven = { byteLength: 3 * MIB, blockBytes: MIB + 2 * KIB }
    await withEdits(uneven, [[MIB + 100, 10]], async ({ image, source }) => {
      expect(describeSegments(await planXzSegments(image, source))).toEqual([
        '0.parts.xz 1024',
        'packed 1024 2',
        'packed 1026 64',
        '1.0.pieces.xz 960',
        '1.parts.xz 2',
        'base.img.xz 1020',
      ])
    })
  })

  test('blocks without edits are one segment of the base', async () => {
    await withEdits(three, [], async ({ image, source }) => {
      expect(describeSegments(await planXzSegments(image, source))).toEqual(['base.img.xz 6144'])
    })
  })
})

test('a file whose index is not as planned is refused', async () => {
  await withEdits(three, [[5000, 10]], async ({ folder, image, source }) => {
    const { path } = await writeXzImage(image, source, writeOptions(join(folder, 'out')))
    const plan = await planXzSegments(image, source)
    const readBack = (segments: readonly XzSegment[], expected = image): Promise<unknown> =>
      withFileDevice(path, (file) => readBackXz(file, path, segments, expected, source))
    await readBack(plan)
    const others = [
      [...plan, ...plan.slice(0, 1)],
      plan.slice(0, -1),
      plan.map((one) => change(one, { byteLength: 1 })),
      plan.map((one) => change(one, { unpaddedByteLength: 1 })),
    ]
    for (const other of others) {
      const error = await expectRejection('IMAGE_READ_BACK_MISMATCH', readBack(other))
      expect(error.facts).toEqual({ node: 'n', path: 'the .xz', what: 'index' })
    }
    const longer = { ...image, device: { ...image.device, byteLength: image.device.byteLength + 1 } }
    await expectRejection('IMAGE_READ_BACK_MISMATCH', readBack(plan, longer))
  })
})

/** Changes the record of a packed segment. */
function change(segment: XzSegment, record: Partial<{ byteLength: number; unpaddedByteLength: number }>): XzSegment {
  return segment.kind === 'packed' ? { ...segment, record: { ...segment.record, ...record } } : segment
}

test('blocks that are copied unseen are read only where every byte is verified', async () => {
  await withEdits({ ...three, damagedAt: 5 * MIB }, [[5000, 10]], async ({ folder, image, source }) => {
    await writeXzImage(image, source, writeOptions(join(folder, 'out')))
    await expectRejection(
      'XZ_CORRUPT',
      writeXzImage(image, source, writeOptions(join(folder, 'out'), { verify: 'every-byte' })),
    )
  })
})

test('writing, reading back and verifying say how far they are', async () => {
  await withEdits(three, [[5000, 10]], async ({ folder, image, source }) => {
    const last = new Map<string, Parameters<Progress>[0]>()
    const progress: Progress = (event) => {
      last.set(`${event.step} ${event.subject}`, event)
    }
    const { byteLength } = await writeXzImage(
      image,
      source,
      writeOptions(join(folder, 'out'), { progress, verify: 'every-byte' }),
    )
    const whole = { completedBytes: 6 * MIB, totalBytes: 6 * MIB }
    expect(last.get('verify n')).toMatchObject(whole)
    expect(last.get('verify n.img.xz')).toMatchObject({ completedBytes: byteLength, totalBytes: byteLength })
  })
})
