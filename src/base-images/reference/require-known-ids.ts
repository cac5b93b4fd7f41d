import { stat } from 'node:fs/promises'
import { BuildError } from '../../errors.ts'
import { nearestWord } from '../../text/nearest-word.ts'
import { type Catalog, defaultCatalog } from './catalog.ts'
import { parseReference } from './parse-reference.ts'

/**
 * Refuses references that can be no base image wherever they are built: malformed URLs, and what looks like a catalog id but is
 * neither in the catalog nor a file. Whether a file or URL can be had shows at the build. Throws `BASE_REFERENCE_INVALID`, `BASE_ID_UNKNOWN`.
 */
export async function requireKnownIds(
  references: readonly string[],
  baseFolder: string,
  catalog: Catalog = defaultCatalog(),
): Promise<void> {
  for (const text of references) {
    const reference = parseReference(text, catalog, baseFolder)
    if (reference.kind !== 'unknown-id' || (await isFile(reference.path))) continue
    throw unknownId(reference.id, catalog)
  }
}

/** The error for an id that is not in the catalog, with the nearest that is. */
export function unknownId(id: string, catalog: Catalog): BuildError {
  const known = Object.keys(catalog)
  return new BuildError('BASE_ID_UNKNOWN', { id, nearest: nearestWord(id, known), known })
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isFile(),
    () => false,
  )
}
