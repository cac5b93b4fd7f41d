import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { isZeroFilled } from '../../bytes/equal-bytes.ts'
import { BuildError } from '../../errors.ts'
import { readChunks, type ReadChunksOptions } from '../../host/read-chunks.ts'

export interface DecodeGzipOptions extends ReadChunksOptions {
  /** Named in errors. */
  readonly file: string
}

/**
 * Unpacks a gzip file (RFC 1952): any number of members, and zero bytes after the last. Data yielded before an error
 * may be wrong: keep nothing unless the end was reached.
 */
export async function* decodeGzip(
  path: string,
  options: DecodeGzipOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { file, signal } = options
  const gunzip = createGunzip({ chunkSize: 256 * 1024 })
  const fed = pipeline(readChunks(path, options), gunzip, { signal }).catch((error: unknown) => {
    // The loop below gets the same error from `gunzip`.
    gunzip.destroy(error instanceof Error ? error : undefined)
  })
  try {
    for await (const chunk of gunzip as AsyncIterable<Uint8Array>) yield chunk
  } catch (error) {
    signal.throwIfAborted()
    throw explainFailure(error, file)
  } finally {
    gunzip.destroy()
    await fed
  }
  await requireZeroRest(path, gunzip.bytesWritten, file)
}

/**
 * Checks that only zero bytes follow. After a member, Node silently stops at the first zero byte, whatever comes later.
 */
async function requireZeroRest(path: string, fromByte: number, file: string): Promise<void> {
  const rest: AsyncIterable<Uint8Array> = createReadStream(path, { start: fromByte })
  for await (const chunk of rest) {
    if (!isZeroFilled(chunk)) throw new BuildError('GZIP_TRAILING_DATA', { file })
  }
}

function explainFailure(error: unknown, file: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'Z_BUF_ERROR') return new BuildError('GZIP_TRUNCATED', { file })
  if (code?.startsWith('Z_') === true) return new BuildError('GZIP_CORRUPT', { file, reason: message })
  return error
}
