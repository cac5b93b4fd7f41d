import type { RenderedFile, RenderedNode, RenderedSeed, SecretFiles } from '../model/rendered-node.ts'
import { isPublic } from './is-public.ts'

/** A node whose image holds no secret, and the files that were removed from it. */
export interface DetachedNode {
  readonly node: RenderedNode
  readonly secretFiles: SecretFiles
}

/**
 * Removes all files from a node that only root may read. They are copied to the card after it was flashed.
 */
export function detachSecrets(node: RenderedNode): DetachedNode {
  const { nocloud, firstrun } = node.seeds
  return {
    node: {
      ...node,
      files: node.files.filter(isPublic),
      seeds: { nocloud: withoutSecrets(nocloud), firstrun: withoutSecrets(firstrun) },
    },
    secretFiles: {
      common: node.files.filter(isSecret),
      nocloud: nocloud.files.filter(isSecret),
      firstrun: firstrun.files.filter(isSecret),
    },
  }
}

function isSecret(file: RenderedFile): boolean {
  return !isPublic(file)
}

function withoutSecrets(seed: RenderedSeed): RenderedSeed {
  return { ...seed, files: seed.files.filter(isPublic) }
}
