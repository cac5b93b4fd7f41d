import { describe, expect, test } from 'vitest'
import { MATCH_MAX_BYTES } from '../../../src/xz/lzma2/length-coder.ts'
import { MATCH_DISTANCE_LIMIT, MatchFinder } from '../../../src/xz/lzma2/match-finder.ts'
import { mixedBytes, randomBytes, recordBytes, textBytes } from './samples.ts'

interface Match {
  readonly length: number
  readonly distance: number
}

function matchesOf(finder: MatchFinder): readonly Match[] {
  return Array.from({ length: finder.matchCount }, (_, index) => ({
    length: finder.lengths[index] ?? 0,
    distance: finder.distances[index] ?? 0,
  }))
}

function findAll(finder: MatchFinder, data: Uint8Array): readonly (readonly Match[])[] {
  finder.reset(data)
  return Array.from(data, () => {
    finder.find()
    return matchesOf(finder)
  })
}

describe('a match', () => {
  test('equals the data for its whole length', () => {
    const data = Buffer.concat([mixedBytes(100_000, 1), recordBytes(20_000, 1), textBytes(20_000, 1)])
    const found = findAll(new MatchFinder(), data)
    const wrong = found.flatMap((matches, place) =>
      matches.filter(
        ({ length, distance }) =>
          distance > place ||
          length > MATCH_MAX_BYTES ||
          place + length > data.byteLength ||
          Buffer.compare(
            data.subarray(place, place + length),
            data.subarray(place - distance, place - distance + length),
          ) !== 0,
      ),
    )
    expect(found.flat().length).toBeGreaterThan(10_000)
    expect(wrong).toEqual([])
  })

  test('does not depend on the data before a reset', () => {
    const finder = new MatchFinder()
    findAll(finder, mixedBytes(100_000, 2))
    const data = textBytes(20_000, 3)
    expect(findAll(finder, data)).toEqual(findAll(new MatchFinder(), data))
  })

  test('is the nearest one for 2 to 4 bytes, and the longest one above', () => {
    const finder = new MatchFinder()
    const last = (text: string, place: number) => findAll(finder, Buffer.from(text))[place]
    expect(last('ab..ab!----', 4)).toEqual([{ length: 2, distance: 4 }])
    expect(last('abc..abc!---', 5)).toEqual([
      { length: 3, distance: 5 },
      { length: 2, distance: 5 },
    ])
    expect(last('abcde+abcdefgh.abcdefgh!!', 15)).toEqual([{ length: 8, distance: 9 }])
    expect(last('abcdefgh+abcde.abcdefgh!!', 15)).toEqual([
      { length: 5, distance: 6 },
      { length: 8, distance: 15 },
    ])
  })

  test('is always nearer than the limit', () => {
    const piece = randomBytes(64, 4)
    for (const [gap, expected] of [
      [MATCH_DISTANCE_LIMIT - 65, 1],
      [MATCH_DISTANCE_LIMIT - 64, 0],
    ] as const) {
      const finder = new MatchFinder()
      finder.reset(Buffer.concat([piece, new Uint8Array(gap), piece]))
      finder.find()
      finder.skipTo(64 + gap)
      finder.find()
      expect(matchesOf(finder).filter(({ length }) => length > 8).length).toBe(expected)
    }
  })
})

test('counts equal bytes up to a limit', () => {
  const finder = new MatchFinder()
  finder.reset(Buffer.from('abcdefghijabcdefghiX'))
  expect([1, 4, 8, 9, 10].map((limit) => finder.matchLength(10, 0, limit))).toEqual([1, 4, 8, 9, 9])
})

test('counts three and four equal bytes at a distance, and none after the end', () => {
  const finder = new MatchFinder()
  finder.reset(Buffer.from('abcdXabcdYabcZ'))
  expect([
    finder.equalBytesOf4(5, 5),
    finder.equalBytesOf4(10, 5),
    finder.equalBytesOf4(7, 5),
    finder.equalBytesOf4(11, 5),
  ]).toEqual([4, 3, 0, 0])
})
