import { expect, test } from 'vitest'
import { createBitModels } from '../../../src/xz/lzma2/bit-model.ts'
import { FINISH_BYTES, RangeEncoder } from '../../../src/xz/lzma2/range-encoder.ts'
import { randomNumbers } from '../../support/random-numbers.ts'

/** The range decoder as the LZMA specification has it. */
function createDecoder(bytes: Uint8Array): (models: Uint16Array | null, index: number) => number {
  let at = 0
  const next = () => bytes[at++] ?? 0
  expect(next()).toBe(0)
  let range = 0xffffffff
  let code = ((next() << 24) | (next() << 16) | (next() << 8) | next()) >>> 0
  return (models, index) => {
    const probability = models?.[index] ?? 1024
    const bound = models === null ? range >>> 1 : (range >>> 11) * probability
    const bit = code < bound ? 0 : 1
    if (bit === 1) code -= bound
    range = bit === 0 || models === null ? bound : range - bound
    if (models !== null)
      models[index] = bit === 0 ? probability + ((2048 - probability) >> 5) : probability - (probability >> 5)
    if (range < 2 ** 24) {
      range = (range << 8) >>> 0
      code = ((code << 8) | next()) >>> 0
    }
    return bit
  }
}

test.each([
  ['even', 2],
  ['few ones', 40],
  ['hardly any ones', 3000],
])('a decoder gets the bits back where they are %s', (_, oneIn) => {
  const draw = randomNumbers(oneIn)
  const symbols = Array.from({ length: 200_000 }, () => ({ bit: draw(oneIn) === 0 ? 1 : 0, index: draw(9) }))
  const encoder = new RangeEncoder(100_000)
  const models = createBitModels(8)
  for (const { bit, index } of symbols) {
    if (index < 8) encoder.encodeBit(models, index, bit)
    else encoder.encodeDirectBits(bit, 1)
  }
  encoder.finish()
  const decode = createDecoder(encoder.bytes.subarray(0, encoder.byteLength))
  const decoderModels = createBitModels(8)
  const wrong = symbols.findIndex(({ bit, index }) => decode(index < 8 ? decoderModels : null, index) !== bit)
  expect(wrong).toBe(-1)
  expect(decoderModels).toEqual(models)
})

test('a carry runs through bytes of 0xff', () => {
  const encoder = new RangeEncoder(64)
  const models = createBitModels(200).fill(1500)
  // The bits that stand for this number keep the encoder below it: 7f ff ff …, until a carry makes 80 00 00 … of it.
  const decode = createDecoder(Uint8Array.of(0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
  const decoderModels = createBitModels(200).fill(1500)
  for (let index = 0; index < 80; index++) encoder.encodeBit(models, index, decode(decoderModels, index))
  expect(encoder.bytes.subarray(0, 7)).toEqual(Uint8Array.of(0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff))
  for (let index = 80; index < 120; index++) encoder.encodeBit(models, index, 1)
  expect(encoder.bytes.subarray(0, 7)).toEqual(Uint8Array.of(0, 0x80, 0, 0, 0, 0, 0))
})

test('begins again after a reset, with the zero byte of the format', () => {
  const encoder = new RangeEncoder(64)
  const encode = () => {
    encoder.reset()
    encoder.encodeTree(createBitModels(256), 0, 8, 0xa5)
    encoder.encodeReverseTree(createBitModels(16), 0, 4, 0x6)
    encoder.finish()
    return Uint8Array.from(encoder.bytes.subarray(0, encoder.byteLength))
  }
  const first = encode()
  expect(first[0]).toBe(0)
  expect(first.byteLength).toBe(2 + FINISH_BYTES)
  expect(encode()).toEqual(first)
})
