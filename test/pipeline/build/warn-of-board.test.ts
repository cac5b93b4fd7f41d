import { expect, test } from 'vitest'
import { warnOfBoard } from '../../../src/pipeline/build/warn-of-board.ts'

test.each([
  ['pi5', 'debian-13', 1],
  ['cm5', 'debian-13', 1],
  ['pi4', 'debian-13', 0],
  ['any', 'debian-13', 0],
  ['pi5', 'raspios-13-lite', 0],
] as const)('a %s from %s: %i warnings', (board, reference, count) => {
  const warnings = warnOfBoard({ name: 'worker-1', board }, { reference, source: 'somewhere' })
  expect(warnings).toHaveLength(count)
  for (const warning of warnings)
    expect(warning).toMatchObject({
      severity: 'warning',
      code: 'BASE_BOARD_UNSUPPORTED',
      message: expect.stringContaining('worker-1 is a') as string,
    })
})
