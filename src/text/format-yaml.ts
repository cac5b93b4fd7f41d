import { Document, isScalar, Scalar, type Tags, visit } from 'yaml'
import { ValueError } from './value-error.ts'

// Texts that need no quotes, unless a schema reads them as a number, a boolean, a date or null.
const PLAIN = /^(?:-{0,2}[A-Za-z]|[0-9/])[A-Za-z0-9 _./@+-]*$/

// Words that every reader takes for text, except the few that mean a boolean, a number or null. Most values are such words.
const WORD = /^[A-Za-z]{2}[A-Za-z0-9]*(?:[-_./][A-Za-z0-9]+)*$/
const MEANINGFUL = /^(?:yes|no|on|off|true|false|null|nan|inf)$/i

// Characters that YAML 1.1 reads as a line break inside quotes (5.4) or does not allow unescaped (5.1).
const SPECIAL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g

const OPTIONS = {
  version: '1.1',
  compat: 'core',
  aliasDuplicateObjects: false,
  // The merge tag would write the text "<<" without quotes.
  customTags: (tags: Tags): Tags =>
    tags.filter((tag) => typeof tag === 'string' || tag.tag !== 'tag:yaml.org,2002:merge'),
} as const
const LAYOUT = { lineWidth: 0, blockQuote: false, doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER } as const

/**
 * Writes a value so that readers of YAML 1.1 (cloud-init, netplan) and of YAML 1.2 get the same value back: on one line,
 * or as a block of lines that each begin with `indent` spaces. Has no line break at its end.
 */
export function formatYaml(value: unknown, indent: number | null = null): string {
  if (indent === null && typeof value === 'string' && WORD.test(value) && !MEANINGFUL.test(value)) return value
  requireData(value)
  const document = new Document(value, OPTIONS)
  visit(document, {
    Scalar: (_key, scalar) => {
      chooseQuotes(scalar)
    },
    Seq: (key, sequence) => {
      // A command within a list of commands reads best on one line.
      if (typeof key === 'number' && sequence.items.every(isScalar)) sequence.flow = true
    },
  })
  const text = document.toString({ ...LAYOUT, collectionStyle: indent === null ? 'flow' : 'any' }).trimEnd()
  // All texts with special characters are in double quotes now. Escapes work only there.
  const escaped = text.replaceAll(SPECIAL, escapeCharacter)
  return indent === null ? escaped : indentLines(escaped, ' '.repeat(indent))
}

function chooseQuotes(scalar: Scalar): void {
  if (typeof scalar.value !== 'string') return
  scalar.type = PLAIN.test(scalar.value) && !scalar.value.endsWith(' ') ? Scalar.PLAIN : Scalar.QUOTE_DOUBLE
}

function escapeCharacter(character: string): string {
  const code = character.charCodeAt(0)
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
}

function indentLines(text: string, prefix: string): string {
  return text
    .split('\n')
    .map((line) => prefix + line)
    .join('\n')
}

function requireData(value: unknown): void {
  if (value === null || typeof value === 'boolean') return
  if (typeof value === 'string') {
    // A lone surrogate is no character: UTF-8 cannot hold it.
    if (/\p{Surrogate}/u.test(value)) throw new ValueError('holds half a character')
    return
  }
  if (typeof value === 'number' && Number.isFinite(value)) return
  if (Array.isArray(value)) {
    value.forEach(requireData)
    return
  }
  if (isPlainObject(value)) {
    Object.entries(value).forEach(([key, item]) => {
      requireData(key)
      requireData(item)
    })
    return
  }
  throw new ValueError('holds something that YAML has no form for')
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
