import { expect, test } from 'vitest'
import { createBitModels } from '../../../src/xz/lzma2/bit-model.ts'
import { BIT_PRICE, bitPrice, reverseTreePrice, treePrice } from '../../../src/xz/lzma2/bit-price.ts'
import { RangeEncoder } from '../../../src/xz/lzma2/range-encoder.ts'
import { randomNumbers } from '../../support/random-numbers.ts'

test('a bit costs the logarithm of its probability', () => {
  for (let probability = 40; probability < 2010; probability++) {
    const models = Uint16Array.of(probability)
    const [zero, one] = [-Math.log2(probability / 2048), -Math.log2(1 - probability / 2048)]
    // Sixteen neighbouring probabilities share a price.
    expect(Math.abs(bitPrice(models, 0, 0) / BIT_PRICE - zero)).toBeLessThan(0.07 + 12 / probability)
    expect(Math.abs(bitPrice(models, 0, 1) / BIT_PRICE - one)).toBeLessThan(0.07 + 12 / (2048 - probability))
  }
})

test('a tree costs the sum of the bits on its path', () => {
  const models = createBitModels(256)
  const encoder = new RangeEncoder(10_000)
  const draw = randomNumbers(1)
  for (let index = 0; index < 2000; index++) encoder.encodeTree(models, 0, 8, Math.min(draw(256), draw(256)))
  // 0b10: the root is model 1; after a one comes model 3, after a zero model 2.
  expect(treePrice(models, 0, 2, 0b10)).toBe(bitPrice(models, 1, 1) + bitPrice(models, 3, 0))
  expect(reverseTreePrice(models, 0, 2, 0b10)).toBe(bitPrice(models, 1, 0) + bitPrice(models, 2, 1))
  expect(treePrice(models, 0, 8, 3)).toBeLessThan(treePrice(models, 0, 8, 250))
})
