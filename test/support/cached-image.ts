import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Puts a raw image into a cache, as a build leaves it. Returns its path. */
export function writeCachedImage(cacheFolder: string, sha256: string, content: string): string {
  const folder = join(cacheFolder, 'images', sha256)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'base.img'), content)
  const byteLength = Buffer.byteLength(content)
  const fileSha256 = createHash('sha256').update(content).digest('hex')
  const note = { byteLength, fileByteLength: byteLength, fileSha256, source: 'x' }
  writeFileSync(join(folder, 'image.json'), JSON.stringify(note))
  return join(folder, 'base.img')
}
