import { readdir, rm, utimes } from 'node:fs/promises'
import { outputError } from '../../host/output-error.ts'
import type { Artifact } from '../../model/artifact.ts'
import { bundlePathOf, type ResultFolders } from '../project/result-folders.ts'

/**
 * Removes the detached secrets of a node whose new image holds its secrets. They stay while another image of the node is there, which may need
 * them; their new date then tells `findPrivateImages` that it cannot know which image is without secrets. Throws `FILE_LOCK_LOST`.
 */
export async function retireSecretBundle(
  folders: ResultFolders,
  { node, format }: Artifact,
  requireHeld: () => Promise<void>,
): Promise<void> {
  const bundle = bundlePathOf(folders, node)
  const names = await readdir(folders.images)
  const isOther = (name: string): boolean =>
    name !== `${node}.${format}` && [`${node}.img`, `${node}.img.xz`].includes(name)
  await requireHeld()
  try {
    if (!names.some(isOther)) await rm(bundle, { force: true })
    else await utimes(bundle, new Date(), new Date())
  } catch (error) {
    // Most nodes never had any.
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw outputError(error, bundle)
  }
}
