import { base64Forms, hexForms } from '../text/encoded-forms.ts'
import { percentForms } from '../text/escaped-forms.ts'
import { squeeze } from '../text/squeeze.ts'

/** A way to write a text. */
export interface TextForm {
  readonly text: string
  /** Whether it may go on in the next line: what is left of it without white space is found nowhere by chance. */
  readonly acrossLines: boolean
}

/** If the border of two clusters of a file system cuts a text, one part of at least this length is whole. */
const HALF_BYTES = 16
/** Digits of base64 that are found nowhere by chance. */
const PART_DIGITS = 20
/** A line of base64 rarely has more than two line breaks within one secret: then one of three parts is whole. */
const MOST_PARTS = 3
const SHORTEST_ACROSS_LINES = 12
/** Shorter texts of these digits may be numbers or words. */
const HEX_KEY = /^(?:[0-9a-f]{32,}|[0-9A-F]{32,})$/

/**
 * Lists the forms of a text in a whole file: the text itself, base64, hexadecimal digits and as in an address. A part of a text may not be
 * secret, such as the host in a URL.
 */
export function wholeFormsOf(text: string): readonly TextForm[] {
  const acrossLines = squeeze(Buffer.from(text)).byteLength >= SHORTEST_ACROSS_LINES
  return [
    ...[...caseForms(text), ...percentForms(text)].map((form) => ({ text: form, acrossLines })),
    ...[...base64Forms(text), ...hexForms(text)].map((form) => ({ text: form, acrossLines: true })),
  ]
}

/**
 * Lists the forms of a text on a disk. There, the border of two clusters may cut it, and a line break may cut its base64, so each form is
 * listed in parts. Rare forms are left out: each text more makes the search of a whole disk slower.
 */
export function partFormsOf(text: string): readonly TextForm[] {
  return [
    ...caseForms(text).flatMap((form) => cut(form, Buffer.byteLength(form) < 2 * HALF_BYTES ? 1 : 2)),
    ...base64Forms(text).flatMap((form) => cut(form, partCount(form))),
  ].map((form) => ({ text: form, acrossLines: false }))
}

function partCount(form: string): number {
  return Math.min(MOST_PARTS, Math.max(1, Math.floor(form.length / PART_DIGITS)))
}

/** A key in hexadecimal digits is the same key in capitals. */
function caseForms(text: string): readonly string[] {
  return HEX_KEY.test(text) ? [text.toLowerCase(), text.toUpperCase()] : [text]
}

/** Cuts a text into parts of about the same number of characters, never within one. */
function cut(text: string, count: number): readonly string[] {
  const characters = Array.from(text)
  const size = Math.ceil(characters.length / count)
  return Array.from({ length: count }, (_, part) => characters.slice(part * size, (part + 1) * size).join(''))
}
