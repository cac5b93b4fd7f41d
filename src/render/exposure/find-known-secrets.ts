import type { SecretForm } from '../../model/named-secret.ts'
import { reveal } from '../../model/secret.ts'
import { encodeUtf8 } from '../../text/encoding.ts'
import { type PatternMatch, PatternSet, SHORTEST_PATTERN_BYTES } from '../../text/pattern-set.ts'
import { originalOffsets, squeeze } from '../../text/squeeze.ts'
import { positionAt } from './position-at.ts'
import { readingsOf } from './readings.ts'

/** A known secret in a text, and where it begins. */
export interface KnownMatch {
  readonly name: string
  /** 1-based. */
  readonly line: number
  /** 1-based, in UTF-16 units. */
  readonly column: number
}

interface Search {
  readonly names: readonly string[]
  readonly patterns: PatternSet
}

/** Makes a search for known secrets. It gives each secret once for each line, from top to bottom. */
export function createFinder(known: readonly SecretForm[]): (bytes: Uint8Array) => readonly KnownMatch[] {
  const whole = createSearch(known.map(({ name, text }) => ({ name, bytes: encodeUtf8(reveal(text)) })))
  const broken = createSearch(
    known
      .filter(({ acrossLines }) => acrossLines)
      .map(({ name, text }) => ({ name, bytes: squeeze(encodeUtf8(reveal(text))) }))
      .filter(({ bytes }) => bytes.byteLength >= SHORTEST_PATTERN_BYTES),
  )
  return (bytes) => readingsOf(bytes).flatMap((reading) => searchReading(reading.bytes, whole, broken))
}

function createSearch(forms: readonly { readonly name: string; readonly bytes: Uint8Array }[]): Search {
  return { names: forms.map(({ name }) => name), patterns: new PatternSet(forms.map(({ bytes }) => bytes)) }
}

function searchReading(bytes: Uint8Array, whole: Search, broken: Search): readonly KnownMatch[] {
  const squeezed = broken.patterns.findIn(squeeze(bytes))
  const offsets = originalOffsets(
    bytes,
    squeezed.map(({ byteOffset }) => byteOffset),
  )
  const nameOf = ({ names }: Search, { pattern }: PatternMatch): string => names[pattern] ?? ''
  const matches = [
    ...whole.patterns.findIn(bytes).map((match) => ({ name: nameOf(whole, match), byteOffset: match.byteOffset })),
    ...squeezed.map((match, index) => ({ name: nameOf(broken, match), byteOffset: offsets[index] ?? 0 })),
  ].sort((one, other) => one.byteOffset - other.byteOffset)
  const found = new Map<string, KnownMatch>()
  for (const { name, byteOffset } of matches) {
    const position = positionAt(bytes, byteOffset)
    const key = `${position.line} ${name}`
    if (!found.has(key)) found.set(key, { name, ...position })
  }
  return [...found.values()]
}
