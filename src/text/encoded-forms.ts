/** Other ways to write bytes: a search for a text in a file looks for these, too. */

/**
 * Lists the digits by which this text appears in the base64 of a longer text, with the digits of RFC 4648, sections 4 and 5. Three bytes make
 * four digits, so there are three offsets.
 */
export function base64Forms(text: string): readonly string[] {
  const bytes = Buffer.from(text)
  return unique(
    [0, 1, 2].flatMap((start) => {
      const whole = bytes.subarray(start, start + Math.floor(Math.max(bytes.byteLength - start, 0) / 3) * 3)
      return [whole.toString('base64'), whole.toString('base64url')]
    }),
  )
}

/** Lists the hexadecimal digits of a text, in both cases. */
export function hexForms(text: string): readonly string[] {
  const digits = Buffer.from(text).toString('hex')
  return unique([digits, digits.toUpperCase()])
}

function unique(forms: readonly string[]): readonly string[] {
  return [...new Set(forms)]
}
