import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import type { CacheContext } from '../../cache/cache-context.ts'
import { readChunks } from '../../host/read-chunks.ts'
import { sha256File } from '../../host/sha256-file.ts'
import { decodeXz } from '../../xz/container/decode-xz.ts'

/** Tells whether an .xz of the cache holds the bytes of a raw file. False if there is no such .xz, or if it is damaged. */
export async function unpacksTo(
  packed: string,
  raw: string,
  { progress, transfer: { signal } }: CacheContext,
): Promise<boolean> {
  const totalBytes = await stat(packed).then(
    ({ size }) => size,
    () => null,
  )
  if (totalBytes === null) return false
  const onRead = (completedBytes: number): void => {
    progress({ step: 'decompress', subject: packed, completedBytes, totalBytes })
  }
  const hash = createHash('sha256')
  try {
    const options = { file: packed, signal, onRead }
    for await (const chunk of decodeXz(readChunks(packed, options), options)) hash.update(chunk)
  } catch {
    // Whatever it is, it is not used. After an abort, the next step throws.
    return false
  }
  return hash.digest('hex') === (await sha256File(raw, { signal }))
}
