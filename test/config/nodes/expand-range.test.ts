import { describe, expect, test } from 'vitest'
import { expandRange } from '../../../src/config/nodes/expand-range.ts'

describe('expandRange', () => {
  test.each([
    ['worker-1', 'decimal', ['worker-1']],
    ['worker-[1-3]', 'decimal', ['worker-1', 'worker-2', 'worker-3']],
    ['worker-[08-11]-x', 'decimal', ['worker-08-x', 'worker-09-x', 'worker-10-x', 'worker-11-x']],
    ['[9-10]', 'decimal', ['9', '10']],
    ['[7-7]', 'decimal', ['7']],
    ['10.0.[1-2].5/16', 'decimal', ['10.0.1.5/16', '10.0.2.5/16']],
    ['00:[0e-11]', 'hexadecimal', ['00:0e', '00:0f', '00:10', '00:11']],
    ['00:[FE-FF]', 'hexadecimal', ['00:fe', '00:ff']],
  ] as const)('%s as %s', (text, base, values) => {
    expect(expandRange(text, base)).toEqual({ values })
  })

  test('does not make the values of a range that is too long', () => {
    expect(expandRange('n[0-999999999]', 'decimal')).toHaveProperty('reason')
  })
})
