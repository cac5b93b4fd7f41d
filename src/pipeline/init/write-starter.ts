import { dirname, join } from 'node:path'
import { formatSchema } from '../../config/schema/format-schema.ts'
import { SCHEMA_COPY, starterCluster, type StarterOptions } from '../../config/starter-cluster.ts'
import { writeFileAtomically } from '../../host/write-file-atomically.ts'
import { findDocs } from './find-docs.ts'

export interface WrittenStarter {
  readonly file: string
  /** Copy of the schema beside the cluster file, if the package has no stable relative path; null otherwise. */
  readonly schemaFile: string | null
}

/**
 * Writes a starter cluster file. Its first line names the schema for editors. The path is always relative, so that the file can be
 * committed: it leads into the checkout or the `node_modules` of the same folder, else to a copy beside the file.
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
