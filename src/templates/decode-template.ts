import { BuildError } from '../errors.ts'

/** Reads the bytes of a template as text. Throws `TEMPLATE_INVALID` where they are not UTF-8. */
export function decodeTemplate(file: string, bytes: Uint8Array): string {
  try {
    // A carriage return would become part of the last word of each line of a script, or of an option.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).replaceAll('\r\n', '\n')
  } catch (cause) {
    throw new BuildError(
      'TEMPLATE_INVALID',
      { template: file, line: null, problem: 'the file is not UTF-8 text' },
      { cause },
    )
  }
}
