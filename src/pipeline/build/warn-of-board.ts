import type { Problem } from '../../errors/problem.ts'
import { isBoardUnsupported } from '../../model/base-image-catalog.ts'
import type { BaseImage } from '../../model/base-image.ts'
import type { NodePlan } from '../../model/node-plan.ts'
import { placeOf } from '../../model/places.ts'
import { warning } from '../../yaml-source/describe-problem.ts'

/** Warns if a node's board will not start from its base image. The warning has the place where the board is named. */
export function warnOfBoard(
  node: Pick<NodePlan, 'name' | 'board' | 'places'>,
  { reference, source }: Pick<BaseImage, 'reference' | 'source'>,
): readonly Problem[] {
  const { name, board } = node
  if (!isBoardUnsupported(reference, board)) return []
  return [
    warning(
      'BASE_BOARD_UNSUPPORTED',
      { node: name, board, base: reference },
      placeOf(node, 'board') ?? { file: source },
    ),
  ]
}
