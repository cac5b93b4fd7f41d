/** Integers of variable length: seven bits a byte, lowest first, one to nine bytes. The .xz File Format 1.2.1, section 1.2. */
import { BuildError } from '../../errors.ts'
import { corrupt } from './corrupt.ts'

/** A position in bytes that are read forwards. */
export interface ByteCursor {
  readonly bytes: Uint8Array
  offset: number
  /** Named in errors. */
  readonly file: string
}

const MAX_BYTES = 9

/**
 * Decodes an integer and moves the cursor after it. Throws `XZ_CORRUPT` if it is cut off, not in its shortest form, as
 * the format demands, or above `Number.MAX_SAFE_INTEGER`, which no real file reaches.
 */
export function decodeMultibyteInteger(cursor: ByteCursor): number {
  let value = 0
  // Multiplies instead of shifting, because bitwise operators drop everything above 32 bits.
  let factor = 1
  for (let index = 0; index < MAX_BYTES; index++) {
    const byte = cursor.bytes[cursor.offset++]
    if (byte === undefined) throw corrupt(cursor.file, 'a number ends before its last byte')
    value += (byte & 0x7f) * factor
    if (byte < 0x80) {
      if (byte === 0 && index > 0) throw corrupt(cursor.file, 'a number is longer than it need be')
      if (value > Number.MAX_SAFE_INTEGER) throw corrupt(cursor.file, 'it gives a size of more than 2^53 bytes')
      return value
    }
    factor *= 0x80
  }
  throw corrupt(cursor.file, 'a number is longer than nine bytes')
}

/** Encodes an integer in its shortest form, the only form that the format allows. */
export function encodeMultibyteInteger(value: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new BuildError('BUG', { state: `${value} is to be written into an .xz file` })
  const bytes: number[] = []
  let rest = value
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push(0x80 + (rest % 0x80))
  bytes.push(rest)
  return Uint8Array.from(bytes)
}
