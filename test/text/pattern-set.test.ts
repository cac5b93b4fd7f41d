import { randomBytes, randomInt } from 'node:crypto'
import { expect, test } from 'vitest'
import { PatternSet } from '../../src/text/pattern-set.ts'

/** What Node finds, one pattern after the other. */
function findOneByOne(bytes: Buffer, patterns: readonly Buffer[]): readonly string[] {
  const found: string[] = []
  patterns.forEach((pattern, index) => {
    for (let at = bytes.indexOf(pattern); at !== -1; at = bytes.indexOf(pattern, at + 1)) found.push(`${at} ${index}`)
  })
  return found.sort()
}

test.each(Array.from({ length: 60 }, (_, round) => round))(
  'finds what a search for each pattern finds, round %i',
  (round) => {
    // Few letters make many near misses and overlaps.
    const letters = round % 3 === 0 ? 2 : round % 3 === 1 ? 16 : 256
    const random = (byteLength: number): Buffer => Buffer.from(randomBytes(byteLength).map((byte) => byte % letters))
    const bytes = random(randomInt(0, 20_000))
    const patterns = Array.from({ length: randomInt(1, 40) }, () => {
      const byteLength = randomInt(8, 90)
      return Math.random() < 0.5 && bytes.byteLength > byteLength
        ? bytes.subarray(randomInt(bytes.byteLength - byteLength)).subarray(0, byteLength)
        : random(byteLength)
    })
    const found = new PatternSet(patterns).findIn(bytes).map(({ pattern, byteOffset }) => `${byteOffset} ${pattern}`)
    expect([...found].sort()).toEqual(findOneByOne(bytes, patterns))
  },
)

test('finds matches at both ends, and nothing in less than a pattern', () => {
  const pattern = Buffer.from('0123456789')
  expect(new PatternSet([pattern]).findIn(Buffer.from('0123456789--0123456789'))).toEqual([
    { pattern: 0, byteOffset: 0 },
    { pattern: 0, byteOffset: 12 },
  ])
  expect(new PatternSet([pattern]).findIn(Buffer.from('012345678'))).toEqual([])
  expect(new PatternSet([]).findIn(pattern)).toEqual([])
  expect(new PatternSet([pattern, Buffer.from('x'.repeat(30))]).overlapBytes).toBe(29)
  expect(() => new PatternSet([Buffer.from('short')])).toThrow(RangeError)
})
