import { describeError } from '../../errors.ts'
import type { BaseImage } from '../../model/base-image.ts'
import type { Board } from '../../model/cluster.ts'
import type { NodePlan } from '../../model/node-plan.ts'
import type { Problem } from '../../yaml-source/problem.ts'

/** Boards that Debian's own kernel does not start: docs/debian-13.md. */
const NOT_DEBIAN: readonly Board[] = ['pi5', 'pi500', 'cm5']

/** Warns where a node's board will not start from its base image. */
export function warnOfBoard(
  { name, board }: Pick<NodePlan, 'name' | 'board'>,
  { reference, source }: Pick<BaseImage, 'reference' | 'source'>,
): readonly Problem[] {
  if (reference !== 'debian-13' || !NOT_DEBIAN.includes(board)) return []
  const text = describeError('BASE_BOARD_UNSUPPORTED', { node: name, board, base: reference })
  return [
    {
      severity: 'warning',
      code: 'BASE_BOARD_UNSUPPORTED',
      message: text.message,
      hint: text.hint,
      file: source,
      line: null,
      column: null,
    },
  ]
}
