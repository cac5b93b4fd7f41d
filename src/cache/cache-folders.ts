import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { makeFolder } from '../host/make-folder.ts'
import { OWNER_ONLY_FOLDER } from '../host/owner-only.ts'

/** The folders of the cache. docs/base-images.md describes them for users. */
export interface CacheFolders {
  readonly root: string
  /** `<SHA-256 of the published file>/`: an unpacked image with its note. */
  readonly images: string
  /** `<SHA-256 of the published file>/`: an .xz with many blocks, as published or packed again, with its note. */
  readonly packed: string
  /** `<SHA-256 of the published file>/`: blocks of an .xz that builds have touched, decoded or in pieces. */
  readonly blocks: string
  /** `<SHA-256>/<name>`: release files as published. */
  readonly files: string
  /** Downloads that are not complete. */
  readonly partial: string
  /** `<hash of mirrors>/`: package lists and packages that a Debian image is assembled from. */
  readonly debian: string
  /** The file that a catalog id or a URL led to when it was last fetched. */
  readonly index: string
  readonly locks: string
}

/**
 * Names the folders of a cache. `makeCacheFolders` creates them before the first write: a build that keeps nothing
 * needs no cache.
 */
export function locateCache(root: string): CacheFolders {
  const folder = (name: string): string => join(root, name)
  return {
    root,
    images: folder('images'),
    packed: folder('packed'),
    blocks: folder('blocks'),
    files: folder('files'),
    partial: folder('partial'),
    debian: folder('debian'),
    index: folder('index'),
    locks: folder('locks'),
  }
}

/**
 * Creates the folders of the cache that are missing. Only the owner may enter the folders that hold parts of inspected
 * images (`blocks`), or files that are still written (`partial`, `locks`). Throws the system's error.
 */
export async function makeCacheFolders(cache: CacheFolders): Promise<void> {
  const { root, images, packed, files, debian, index, blocks, partial, locks } = cache
  for (const path of [root, images, packed, files, debian, index]) await makeFolder(path)
  for (const path of [blocks, partial, locks]) await makeFolder(path, OWNER_ONLY_FOLDER)
}

/** Makes a file name from any text, such as a URL: its SHA-256 in lower-case hex. */
export function cacheKey(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
