/** Values of the user's own in the secrets file, for references such as `${secret:wifi.home}` in the cluster file. */
import { BuildError } from '../errors.ts'
import { isUserValueName } from '../model/user-value-name.ts'
import { decodeText, REPLACEMENT } from '../text/encoding.ts'
import type { SecretDescription } from './describe-secrets.ts'
import type { SearchPattern } from './known-secrets.ts'
import type { SecretsFile } from './secrets-file.ts'
import { LONGEST_VALUE } from './secrets-schema.ts'

/** The value and a line break. */
const LARGEST_PIPED_BYTES = LONGEST_VALUE + 2
const NOT_TEXT = 'it is not UTF-8 text'

/** Throws `SECRETS_VALUE_NAME_INVALID`. */
export function requireValueName(name: string): void {
  if (!isUserValueName(name)) throw new BuildError('SECRETS_VALUE_NAME_INVALID', { name })
}

/**
 * Reads a value from the output of another program, without one line break at its end. Stops reading at the first byte too many, because the
 * program may never end. Throws `SECRETS_VALUE_INVALID`.
 */
export async function readPipedValue(name: string, pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const read: Uint8Array[] = []
  let byteLength = 0
  for await (const piece of pieces) {
    read.push(piece)
    byteLength += piece.byteLength
    if (byteLength > LARGEST_PIPED_BYTES)
      throw new BuildError('SECRETS_VALUE_INVALID', { name, reason: `it is larger than ${LONGEST_VALUE} bytes` })
  }
  const value = decodeText(Buffer.concat(read))
  if (value === null) throw new BuildError('SECRETS_VALUE_INVALID', { name, reason: NOT_TEXT })
  return value.replace(/\r?\n$/, '')
}

/** Adds or replaces a value. Throws `SECRETS_VALUE_INVALID`. */
export function withValue(secrets: SecretsFile, name: string, value: string): SecretsFile {
  const reason = describeFault(value)
  if (reason !== null) throw new BuildError('SECRETS_VALUE_INVALID', { name, reason })
  return { ...secrets, values: { ...secrets.values, [name]: value } }
}

/** Removes a value. `file` is for the message. Throws `SECRETS_VALUE_UNKNOWN`. */
export function withoutValue(secrets: SecretsFile, name: string, file: string): SecretsFile {
  const { values = {}, ...others } = secrets
  if (!Object.hasOwn(values, name))
    throw new BuildError('SECRETS_VALUE_UNKNOWN', { name, file, known: Object.keys(values) })
  const left = Object.entries(values).filter(([other]) => other !== name)
  return left.length === 0 ? others : { ...others, values: Object.fromEntries(left) }
}

/** Lists the names of values as secrets, without the values. */
export function describeValues({ values = {} }: SecretsFile): readonly SecretDescription[] {
  return Object.keys(values).map((name) => ({
    name,
    use: `your value, for \${secret:${name}} in the cluster file`,
    expires: null,
  }))
}

/** Lists the values as texts that may be in an image. */
export function listValueTexts({ values = {} }: SecretsFile): readonly SearchPattern[] {
  return Object.entries(values).map(([name, text]) => ({ name: `\${secret:${name}}`, text }))
}

/** Says why a value cannot be stored; null where it can. No key of the cluster file takes a value with control characters. */
function describeFault(value: string): string | null {
  if (value === '') return 'it is empty'
  if (/[\x00-\x1f\x7f]/.test(value)) return 'it holds a line break or another control character'
  if (value.includes(REPLACEMENT)) return NOT_TEXT
  return value.length > LONGEST_VALUE ? `it has more than ${LONGEST_VALUE} characters` : null
}
