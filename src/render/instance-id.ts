import { createHash } from 'node:crypto'
import type { RenderedNode } from '../model/rendered-node.ts'

const HASH_DIGITS = 12

/**
 * Names a node's seed by its content: the same seed has the same id, and any change gives a different id. The given node is rendered
 * without an id. When the id changes, cloud-init sets the node up again.
 */
export function instanceIdOf(node: RenderedNode): string {
  const hash = createHash('sha256')
  const seeds = Object.entries(node.seeds)
  for (const file of [...node.files, ...seeds.flatMap(([, seed]) => seed.files)]) {
    const { volume, path, mode, uid, gid, content } = file
    hash.update(`${JSON.stringify([volume, path, mode, uid, gid, content.byteLength])}\n`).update(content)
  }
  const rest = [
    node.folders,
    node.absent,
    node.links,
    node.cmdlineTokens,
    node.configTxtLines,
    seeds.map(([name, seed]) => [name, seed.links, seed.cmdlineTokens]),
  ]
  hash.update(JSON.stringify(rest))
  return `${node.nodeName}-${hash.digest('hex').slice(0, HASH_DIGITS)}`
}
