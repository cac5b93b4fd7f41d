import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { equalBytes } from '../bytes/equal-bytes.ts'
import type { ReadableDevice } from '../disk/block-device.ts'
import { withFileDevice } from '../disk/file-device.ts'
import { BuildError } from '../errors.ts'
import type { PatchedImage } from '../model/patched-image.ts'
import { MIB } from '../units.ts'
import { readXzLayout, type XzBlock } from '../xz/xz-layout.ts'
import type { XzSource } from '../xz/xz-source.ts'
import type { WriteOptions } from './write-artifact.ts'

const CHUNK_BYTES = 4 * MIB

/** Decodes a written .xz whole, block by block, and compares it with the patched image. Throws `READ_BACK_MISMATCH`. */
export async function verifyWholeXz(
  path: string, file: ReadableDevice, image: PatchedImage, source: XzSource, { outFolder, signal, progress }: WriteOptions,
): Promise<void> {
  const { blocks, byteLength } = readXzLayout(file, path)
  const scratch = join(outFolder, `${image.nodeName}.verify.partial`)
  try {
    for (const block of blocks) {
      signal.throwIfAborted()
      await makeEmpty(scratch, block.byteLength)
      await source.workers.decodeToFile(path, block, scratch, 0)
      await withFileDevice(scratch, (decoded) => {
        requireEqual(decoded, block, image)
      })
      progress({ step: 'verify', subject: image.nodeName, completedBytes: block.byteStart + block.byteLength, totalBytes: byteLength })
    }
  } finally {
    await rm(scratch, { force: true })
  }
}

/** A file of one hole, which decoding fills where the data are not zero. */
async function makeEmpty(path: string, byteLength: number): Promise<void> {
  const file = await open(path, 'w', 0o600)
  try {
    await file.truncate(byteLength)
  } finally {
    await file.close()
  }
}

function requireEqual(decoded: ReadableDevice, { byteStart, byteLength }: XzBlock, image: PatchedImage): void {
  for (let done = 0; done < byteLength; done += CHUNK_BYTES) {
    const length = Math.min(CHUNK_BYTES, byteLength - done)
    const [actual, expected] = [new Uint8Array(length), new Uint8Array(length)]
    decoded.read(done, actual)
    image.device.read(byteStart + done, expected)
    if (!equalBytes(actual, expected)) {
      throw new BuildError('READ_BACK_MISMATCH', { node: image.nodeName, path: `offset ${byteStart + done}`, what: 'bytes' })
    }
  }
}
