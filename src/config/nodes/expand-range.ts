/** `decimal` in names and addresses, `hexadecimal` in MAC addresses. */
export type RangeBase = 'decimal' | 'hexadecimal'

/** The values of a text with a range, or the reason why it has none. */
export type ExpandedRange = { readonly values: readonly string[] } | { readonly reason: string }

export const MOST_NODES = 5000
/** No name, address or MAC address is longer. Thousands of copies of a longer text could fill the memory. */
const LONGEST_TEXT = 128

const patterns = {
  decimal: /^([^[\]]*)\[([0-9]{1,9})-([0-9]{1,9})\]([^[\]]*)$/,
  hexadecimal: /^([^[\]]*)\[([0-9a-f]{1,6})-([0-9a-f]{1,6})\]([^[\]]*)$/i,
}
const radixes = { decimal: 10, hexadecimal: 16 }

/**
 * Expands the one range that a text may hold: `worker-[1-3]` gives worker-1, worker-2 and worker-3; `[01-20]` gives leading
 * zeros. A text without brackets is its only value.
 */
export function expandRange(text: string, base: RangeBase): ExpandedRange {
  if (!/[[\]]/.test(text)) return { values: [text] }
  if (text.length > LONGEST_TEXT) return { reason: `it has more than ${LONGEST_TEXT} characters` }
  const match = patterns[base].exec(text)
  if (match === null) return { reason: 'it is not one pair of numbers in brackets with a hyphen between them' }
  const [, before = '', startText = '', endText = '', after = ''] = match
  const [start, end] = [parseInt(startText, radixes[base]), parseInt(endText, radixes[base])]
  if (start > end) return { reason: 'the first number is larger than the second' }
  if (end - start >= MOST_NODES) return { reason: `it has more than ${MOST_NODES} values` }
  const isPadded = startText.length > 1 && startText.startsWith('0')
  if (isPadded && startText.length !== endText.length)
    return { reason: 'with leading zeros both numbers need the same number of digits' }
  const width = isPadded ? startText.length : 0
  const number = (index: number): string => (start + index).toString(radixes[base]).padStart(width, '0')
  return { values: Array.from({ length: end - start + 1 }, (_, index) => `${before}${number(index)}${after}`) }
}
