import { expect, test } from 'vitest'
import { explainBlockFailure } from '../../../src/xz/container/explain-decoder-failure.ts'

test('a decoder without memory is a limit of the machine, and no damage of the file', () => {
  const { code, message } = explainBlockFailure(3, 'raspios.img.xz')
  expect(code).toBe('MACHINE_MEMORY')
  expect(message).toContain('raspios.img.xz')
})

test('a block whose sums do not match is damage', () => {
  expect(explainBlockFailure(7, 'raspios.img.xz').code).toBe('XZ_CORRUPT')
})
