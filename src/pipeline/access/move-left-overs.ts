import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { movePath, partialPathOf } from '../../host/atomic-file.ts'
import { nullIfMissing } from '../../host/null-if-missing.ts'
import { outputError } from '../../host/output-error.ts'
import { makePrivateFolder } from '../../host/private-folder.ts'
import type { ResultFolders } from '../project/result-folders.ts'

/** The files that earlier versions wrote among the images, also those that a killed build had not renamed yet. */
const PRIVATE_NAMES =
  /^(kubeconfig(\.break-glass)?|id_ed25519(\.pub|\.previous(-\d+)?)?|ssh_config|known_hosts|(admins|join-tokens)\.yaml|[a-z0-9-]+\.secrets\.tar)(\.([0-9a-f-]{36}\.)?partial)?$|^seeds$/

/** Keeps files whose name is taken in the access folder. */
const EARLIER = 'earlier'

/**
 * Moves private files that earlier versions wrote among the images into the access folder, which must exist. Nothing is
 * lost: a key may be the only one that running nodes accept. Returns the names of the moved files. Throws
 * `OUTPUT_NOT_WRITABLE`, `OUTPUT_DISK_FULL`.
 */
export async function moveLeftOvers({ images, access }: ResultFolders): Promise<readonly string[]> {
  try {
    const names = ((await nullIfMissing(readdir(images))) ?? []).filter((name) => PRIVATE_NAMES.test(name)).sort()
    const moved: string[] = []
    for (const name of names)
      if (await movePrivate(join(images, name), await freePath(access, name), access)) moved.push(name)
    return moved
  } catch (error) {
    throw outputError(error, access)
  }
}

/** Returns a path for a moved file at which nothing is. */
async function freePath(access: string, name: string): Promise<string> {
  const isFree = async (path: string): Promise<boolean> => (await nullIfMissing(lstat(path))) === null
  if (await isFree(join(access, name))) return join(access, name)
  await makePrivateFolder(join(access, EARLIER))
  for (let number = 1; ; number += 1) {
    const path = join(access, EARLIER, number === 1 ? name : `${name}.${number}`)
    if (await isFree(path)) return path
  }
}

/** Moves a file or folder, also to another file system. Returns false if another build has moved it meanwhile. */
async function movePrivate(from: string, to: string, access: string): Promise<boolean> {
  // Where what a killed copy leaves is removed: with the partial files of the access folder.
  const partial = partialPathOf(join(access, 'moved'))
  const moved = await nullIfMissing(movePath(from, to, partial).then(() => true))
  return moved ?? false
}
