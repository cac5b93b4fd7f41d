import type { Problem } from '../../errors/problem.ts'
import type { Artifact } from '../../model/artifact.ts'
import { warning } from '../../yaml-source/describe-problem.ts'

/** Warns of flushed images that the kernel gave back from its memory: a disk that lost them would not be noticed. */
export function warnOfMemory(
  artifacts: readonly Pick<Artifact, 'path' | 'readFrom'>[],
  { flush }: { readonly flush: boolean },
): readonly Problem[] {
  const images = artifacts.filter(({ readFrom }) => readFrom === 'memory').map(({ path }) => path)
  const [first] = images
  return !flush || first === undefined ? [] : [warning('OUTPUT_READ_FROM_MEMORY', { images }, { file: first })]
}
