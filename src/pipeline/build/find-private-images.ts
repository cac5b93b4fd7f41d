import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { listFolder } from '../../host/list-folder.ts'
import { nullIfMissing } from '../../host/null-if-missing.ts'
import { bundlePathOf, type ResultFolders } from '../project/result-folders.ts'

const IMAGE = /^([a-z0-9-]+)\.img(\.xz)?(\..*)?$/

/**
 * Finds images in a folder of results that may hold secrets, by name: those that are older than the detached secrets of
 * their node, and those of nodes without detached secrets. An unfinished image may hold secrets, too.
 */
export async function findPrivateImages(folders: ResultFolders): Promise<readonly string[]> {
  const names = await listFolder(folders.images)
  const found = await Promise.all(
    names.map(async (name) => {
      const [, node, , rest] = IMAGE.exec(name) ?? []
      if (node === undefined) return []
      const [image, bundle] = await Promise.all([
        writtenAt(join(folders.images, name)),
        writtenAt(bundlePathOf(folders, node)),
      ])
      const isClean = rest === undefined && bundle !== null && (image ?? bundle) >= bundle
      return isClean ? [] : [name]
    }),
  )
  return found.flat().sort()
}

/** In milliseconds since 1970; null where there is no file. */
async function writtenAt(path: string): Promise<number | null> {
  return (await nullIfMissing(stat(path)))?.mtimeMs ?? null
}
