import { describeError } from '../../errors.ts'
import { isBoardUnsupported } from '../../model/base-image-catalog.ts'
import type { BaseImage } from '../../model/base-image.ts'
import type { NodePlan } from '../../model/node-plan.ts'
import type { Problem } from '../../yaml-source/problem.ts'

/** Warns where a node's board will not start from its base image. */
export function warnOfBoard(
  { name, board }: Pick<NodePlan, 'name' | 'board'>,
  { reference, source }: Pick<BaseImage, 'reference' | 'source'>,
): readonly Problem[] {
  if (!isBoardUnsupported(reference, board)) return []
  const text = describeError('BOARD_UNSUPPORTED', { node: name, board, base: reference })
  return [
    {
      severity: 'warning',
      code: 'BOARD_UNSUPPORTED',
      message: text.message,
      hint: text.hint,
      file: source,
      line: null,
      column: null,
    },
  ]
}
