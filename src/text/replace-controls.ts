/**
 * Characters that a terminal obeys or that change how a line reads: control characters (C0, DEL, C1), separators of lines and paragraphs, and
 * controls of the text's direction, which can show a line in another order than its bytes. Unicode Standard Annex #9, section 2.
 */
const CONTROLS = /[\p{Control}\p{Line_Separator}\p{Paragraph_Separator}\p{Bidi_Control}]/gu
const REPLACEMENT = '\ufffd'

/** `lines`: line feeds and tabs stay, for text with a layout. `nothing`: for a value that is one line or a part of one. */
export type KeptControls = 'lines' | 'nothing'

/** Replaces each control character by U+FFFD, so that foreign text is safe to show on a terminal. */
export function replaceControls(text: string, keep: KeptControls = 'nothing'): string {
  return text.replace(CONTROLS, (control) =>
    keep === 'lines' && (control === '\n' || control === '\t') ? control : REPLACEMENT,
  )
}

/** Writes a value as JSON in which every control character is an escape. Readers of the JSON get the value as it is. */
export function formatJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(CONTROLS, (control) =>
    // JSON.stringify has escaped those inside of values; these are its own line breaks.
    control === '\n' ? control : `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
