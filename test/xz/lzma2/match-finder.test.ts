import { describe, expect, test } from 'vitest'
import { MATCH_MAX_BYTES } from '../../../src/xz/lzma2/length-coder.ts'
import { MATCH_DISTANCE_LIMIT, MatchFinder } from '../../../src/xz/lzma2/match-finder.ts'
import { mixedBytes, randomBytes, recordBytes, textBytes } from './samples.ts'

interface Match {
  readonly length: number
  readonly distance: number
}

/** The match at each position. Length 0: there is none. */
function findAll(finder: MatchFinder, data: Uint8Array): readonly Match[] {
  finder.reset(data)
  return Array.from(data, () => {
    finder.find()
    return { length: finder.length, distance: finder.distance }
  })
}

describe('a match', () => {
  test('equals the data for its whole length', () => {
    const data = Buffer.concat([mixedBytes(100_000, 1), recordBytes(20_000, 1), textBytes(20_000, 1)])
    const found = findAll(new MatchFinder(), data)
    const wrong = found.filter(
      ({ length, distance }, place) =>
        length > 0 &&
        (distance > place ||
          length > MATCH_MAX_BYTES ||
          place + length > data.byteLength ||
          Buffer.compare(
            data.subarray(place, place + length),
            data.subarray(place - distance, place - distance + length),
          ) !== 0),
    )
    expect(found.filter(({ length }) => length > 0).length).toBeGreaterThan(10_000)
    expect(wrong).toEqual([])
  })

  test('does not depend on the data before a reset', () => {
    const finder = new MatchFinder()
    findAll(finder, mixedBytes(100_000, 2))
    const data = textBytes(20_000, 3)
    expect(findAll(finder, data)).toEqual(findAll(new MatchFinder(), data))
  })

  test('is the longest one, and of several the nearest', () => {
    const finder = new MatchFinder()
    const last = (text: string, place: number) => findAll(finder, Buffer.from(text))[place]
    expect(last('ab..ab!----', 4)).toMatchObject({ length: 0 })
    expect(last('abc..abc!---', 5)).toEqual({ length: 3, distance: 5 })
    expect(last('abcd.abcd,abcd!--', 10)).toEqual({ length: 4, distance: 5 })
    expect(last('abcde+abcdefgh.abcdefgh!!', 15)).toEqual({ length: 8, distance: 9 })
    expect(last('abcdefgh+abcde.abcdefgh!!', 15)).toEqual({ length: 8, distance: 15 })
  })

  test('never begins at a position that was left out', () => {
    const finder = new MatchFinder()
    finder.reset(Buffer.from('abcdefgh+abcdefgh-----'))
    finder.leaveOut()
    finder.skipTo(9)
    finder.find()
    expect(finder.length).toBe(0)
    finder.find()
    expect([finder.length, finder.distance]).toEqual([7, 9])
    finder.leaveOut()
    expect(finder.length).toBe(0)
  })

  test('is always nearer than the limit', () => {
    const piece = randomBytes(64, 4)
    for (const [gap, expected] of [
      [MATCH_DISTANCE_LIMIT - 65, true],
      [MATCH_DISTANCE_LIMIT - 64, false],
    ] as const) {
      const finder = new MatchFinder()
      finder.reset(Buffer.concat([piece, new Uint8Array(gap), piece]))
      finder.find()
      finder.skipTo(64 + gap)
      finder.find()
      expect(finder.length > 8).toBe(expected)
    }
  })
})

test('counts equal bytes up to a limit', () => {
  const finder = new MatchFinder()
  finder.reset(Buffer.from('abcdefghijabcdefghiX'))
  expect([1, 4, 8, 9, 10].map((limit) => finder.matchLength(10, 0, limit))).toEqual([1, 4, 8, 9, 9])
})
