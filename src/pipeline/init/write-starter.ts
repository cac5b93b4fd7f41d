import { access } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { formatSchema } from '../../config/schema/format-schema.ts'
import { SCHEMA_COPY, starterCluster, type StarterOptions } from '../../config/starter-cluster.ts'
import { writeFileAtomically } from '../../host/write-file-atomically.ts'

export interface WrittenStarter {
  readonly file: string
  /** Written beside the cluster file, where nothing stable holds it; null otherwise. */
  readonly schemaFile: string | null
}

/**
 * Writes a starter cluster file whose first line names a schema that editors find. The reference is always relative, so that it can be
 * committed: into the checkout or the `node_modules` of the same folder, else to a copy beside the file.
 */
export async function writeStarter(
  file: string,
  options: Omit<StarterOptions, 'docsFolder'>,
  packageFolder: string,
): Promise<WrittenStarter> {
  const folder = dirname(file)
  const docsFolder = await findDocs(folder, packageFolder)
  await writeFileAtomically(file, starterCluster({ ...options, docsFolder }), 0o644)
  if (docsFolder !== null) return { file, schemaFile: null }
  const schemaFile = join(folder, SCHEMA_COPY)
  await writeFileAtomically(schemaFile, formatSchema(), 0o644)
  return { file, schemaFile }
}

/** Folder of the docs relative to a cluster file's; null where only a cache of npx or another disk has them. */
async function findDocs(folder: string, packageFolder: string): Promise<string | null> {
  if (join(folder, 'docs') === join(packageFolder, 'docs')) return './docs'
  const installed = 'node_modules/bantam-k3s/docs'
  return access(join(folder, installed, 'cluster.schema.json')).then(
    () => `./${installed}`,
    () => null,
  )
}
