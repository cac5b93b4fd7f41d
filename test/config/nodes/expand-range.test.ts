import fc from 'fast-check'
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

  test('a decimal range of any width gives each number once, in order, as wide as it was written', () => {
    const range = fc.record({ first: fc.nat(500), count: fc.integer({ min: 1, max: 60 }), width: fc.nat(4) })
    fc.assert(
      fc.property(range, ({ first, count, width }) => {
        const numbers = Array.from({ length: count }, (_, index) => String(first + index))
        // Zeros in front say how wide all of them are.
        const length = Math.max(width, (numbers.at(-1) ?? '').length)
        const isPadded = length > String(first).length
        const values = numbers.map((text) => `n-${isPadded ? text.padStart(length, '0') : text}.x`)
        const [from = '', to = ''] = [values[0], values.at(-1)].map((value) => value?.slice(2, -2))
        expect(expandRange(`n-[${from}-${to}].x`, 'decimal')).toEqual({ values })
      }),
    )
  })
})
