import { access } from 'node:fs/promises'
import { join } from 'node:path'

/** What finding the docs needs of this machine. A test passes another one. */
export interface DocsSystem {
  readonly join: (...parts: string[]) => string
  /** Rejects if there is no such file. */
  readonly access: (path: string) => Promise<void>
}

/** The folder of the docs below a folder in which the package is installed. */
const INSTALLED = 'node_modules/bantam-k3s/docs'

/**
 * Finds the folder of the docs, relative to the cluster file's folder and with `/`; null where they are only in a cache of npx, or on
 * another disk or drive.
 */
export async function findDocs(
  folder: string,
  packageFolder: string,
  { join: joinPath, access: find }: DocsSystem = { join, access },
): Promise<string | null> {
  if (joinPath(folder, 'docs') === joinPath(packageFolder, 'docs')) return './docs'
  return find(joinPath(folder, INSTALLED, 'cluster.schema.json')).then(
    () => `./${INSTALLED}`,
    () => null,
  )
}
