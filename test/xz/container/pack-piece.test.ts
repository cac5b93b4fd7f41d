import { expect, test } from 'vitest'
import { packPiece } from '../../../src/xz/container/pack-piece.ts'
import { randomNumbers } from '../../support/random-numbers.ts'
import { noise } from '../../support/sample-image.ts'
import { temporaryFolder } from '../../support/small-image.ts'
import { soleBlockStream } from './sole-block-stream.ts'
import { expectReadable, testWithXzReaders } from './xz-readers.ts'

const PAGE = 4096

/** Pages of data and of zeros, as the letters say; `rest` bytes more of data. */
function piece(pages: string, rest = 0): Uint8Array {
  return Buffer.concat([
    ...Array.from(pages, (page, index) => (page === '0' ? new Uint8Array(PAGE) : noise(PAGE, index + 1))),
    noise(rest, 99),
  ])
}

function packed(data: Uint8Array): Uint8Array {
  const { bytes, unpaddedByteLength } = packPiece(data, 'CRC64')
  return soleBlockStream(bytes, { unpaddedByteLength, byteLength: data.byteLength }, 'CRC64')
}

testWithXzReaders.each([
  ['1111', 0],
  ['0000000000000000', 0],
  ['0111', 0],
  ['1110', 0],
  ['0101010101010101', 0],
  ['0011100001', 77],
  ['', 5],
  ['0', 1],
])('every reader takes a piece with the pages %s and %i bytes more', (pages, rest) => {
  const data = piece(pages, rest)
  expectReadable(packed(data), data, temporaryFolder())
})

testWithXzReaders('every reader takes random runs of pages', () => {
  const draw = randomNumbers(7)
  for (let round = 0; round < 12; round += 1) {
    const data = piece(Array.from({ length: 16 }, () => draw(2)).join(''), draw(PAGE))
    expectReadable(packed(data), data, temporaryFolder())
  }
})

test('pages of zeros cost next to nothing', () => {
  expect(packPiece(piece('1000000000000001'), 'CRC64').bytes.byteLength).toBeLessThan(2 * PAGE + 200)
})
