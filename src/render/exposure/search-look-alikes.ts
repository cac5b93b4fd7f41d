import { Secret } from '../../model/secret.ts'
import { base64Forms } from '../../text/encoded-forms.ts'
import { decodeBytes, encodeUtf8 } from '../../text/encoding.ts'
import { PatternSet } from '../../text/pattern-set.ts'
import { originalOffsets, squeeze } from '../../text/squeeze.ts'
import { isMarkedAt, listLookAlikes, type LookAlike, wordOf } from './find-look-alikes.ts'
import { isDerKey } from './is-der-key.ts'
import { positionAt } from './position-at.ts'
import { type Reading, readingsOf } from './readings.ts'

/** The first line of a key, in base64: Secrets of Kubernetes and kubeconfigs hold keys that way. */
const keysInBase64 = new PatternSet(
  [' PRIVATE KEY-----', ' PRIVATE KEY BLOCK-----'].flatMap(base64Forms).map(encodeUtf8),
)
const WORD_BYTES = 200

/** Searches a file, whatever its encoding, for what looks like a secret, the marked ones too. */
export function searchLookAlikes(bytes: Uint8Array): readonly LookAlike[] {
  if (isDerKey(bytes)) return [{ ...WHOLE_FILE, word: wordOf(decodeBytes(bytes.subarray(0, WORD_BYTES))) }]
  return readingsOf(bytes).flatMap((reading) => {
    const found = listLookAlikes(reading.text, reading.kind)
    return [...found, ...findKeysInBase64(reading)]
  })
}

const WHOLE_FILE = { kind: 'a private key in DER', certainty: 'key', line: 1, column: 1, isMarked: false } as const

/** Finds each text in base64 that holds the first or last line of a key, once. */
function findKeysInBase64({ bytes, text }: Reading): readonly LookAlike[] {
  const squeezed = squeeze(bytes)
  const matches = keysInBase64.findIn(squeezed).filter(({ byteOffset }, index, all) => {
    const before = all[index - 1]?.byteOffset
    return before === undefined || /[^A-Za-z0-9+/=_-]/.test(decodeBytes(squeezed.subarray(before, byteOffset)))
  })
  if (matches.length === 0) return []
  const lines = text.split('\n')
  const offsets = matches.map(({ byteOffset }) => byteOffset)
  return originalOffsets(bytes, offsets).map((offset, index): LookAlike => {
    const { line, column } = positionAt(bytes, offset)
    const start = offsets[index] ?? 0
    const word = new Secret(decodeBytes(squeezed.subarray(start, start + WORD_BYTES)).replace(/[^A-Za-z0-9]/g, ''))
    const isMarked = isMarkedAt(lines, line - 1)
    return { kind: 'a private key in base64', certainty: 'key', line, column, word, isMarked }
  })
}
