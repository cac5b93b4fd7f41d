import { stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { BuildError, hasCode } from '../../errors.ts'
import type { Problem } from '../../errors/problem.ts'
import type { NodePlan } from '../../model/node-plan.ts'
import { placeOf } from '../../model/places.ts'
import { nearestWord } from '../../text/nearest-word.ts'
import { problemOf } from '../../yaml-source/describe-problem.ts'
import { type Catalog, defaultCatalog } from './catalog.ts'
import { parseReference } from './parse-reference.ts'

/**
 * Finds references that are wrong on every machine: malformed URLs, and texts that look like a catalog id but are
 * neither in the catalog nor a file. Each one is reported at its place in the file. The build checks whether a file or
 * URL is available.
 */
export async function checkReferences(
  nodes: readonly Pick<NodePlan, 'os' | 'places'>[],
  clusterFile: string,
  catalog: Catalog = defaultCatalog(),
): Promise<readonly Problem[]> {
  const baseFolder = dirname(resolve(clusterFile))
  const failures = new Map<string, BuildError>()
  for (const text of new Set(nodes.flatMap(({ os }) => os))) {
    const failure = await findFailure(text, baseFolder, catalog)
    if (failure !== null) failures.set(text, failure)
  }
  if (failures.size === 0) return []
  return nodes.flatMap((node) =>
    node.os.flatMap((text, index) => {
      const failure = failures.get(text)
      if (failure === undefined) return []
      return [problemOf(failure, placeOf(node, 'os', index) ?? placeOf(node) ?? { file: clusterFile })]
    }),
  )
}

async function findFailure(text: string, baseFolder: string, catalog: Catalog): Promise<BuildError | null> {
  try {
    const reference = parseReference(text, catalog, baseFolder)
    if (reference.kind !== 'unknown-id' || (await isFile(reference.path))) return null
    return unknownId(reference.id, catalog)
  } catch (error) {
    if (!hasCode(error, 'BASE_REFERENCE_INVALID')) throw error
    return error
  }
}

/** Makes the error for an id that is not in the catalog. It names the nearest known id. */
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
