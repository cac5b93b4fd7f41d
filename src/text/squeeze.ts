/**
 * A text without what a line break adds to it: white space, the backslash before a line break in YAML and in shells, and `\n` and `\r` as
 * escapes. `base64` breaks its lines; YAML folds long texts.
 */

const TAB = 0x09
const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const SPACE = 0x20
const BACKSLASH = 0x5c
/** What a backslash begins: an escape, or the rest of the text in the next line. */
const AFTER_BACKSLASH: readonly (number | undefined)[] = [LINE_FEED, CARRIAGE_RETURN, 0x6e, 0x72]

export function squeeze(bytes: Uint8Array): Uint8Array {
  const squeezed = new Uint8Array(bytes.byteLength)
  let byteLength = 0
  for (let at = 0; at < bytes.byteLength;) {
    const gap = gapAt(bytes, at)
    if (gap === 0) squeezed[byteLength++] = bytes[at] ?? 0
    at += Math.max(gap, 1)
  }
  return squeezed.subarray(0, byteLength)
}

/** Finds where bytes of the squeezed text are in the text itself. `squeezedOffsets` ascend. */
export function originalOffsets(bytes: Uint8Array, squeezedOffsets: readonly number[]): readonly number[] {
  const found: number[] = []
  let kept = 0
  for (let at = 0; at < bytes.byteLength && found.length < squeezedOffsets.length;) {
    const gap = gapAt(bytes, at)
    if (gap === 0) {
      while (squeezedOffsets[found.length] === kept) found.push(at)
      kept += 1
    }
    at += Math.max(gap, 1)
  }
  return found
}

/** Number of bytes to leave out at an offset. */
function gapAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at] ?? 0
  if (byte === SPACE || (byte >= TAB && byte <= CARRIAGE_RETURN)) return 1
  return byte === BACKSLASH && AFTER_BACKSLASH.includes(bytes[at + 1]) ? 2 : 0
}
