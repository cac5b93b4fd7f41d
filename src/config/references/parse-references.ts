import { isUserValueName } from '../../model/user-value-name.ts'

export const referenceKinds = ['env', 'file', 'secret'] as const
export type ReferenceKind = (typeof referenceKinds)[number]

/** A value that is outside of the file. */
export interface Reference {
  readonly kind: ReferenceKind
  /** Name of a variable or of a value in the secrets file, or a path. */
  readonly name: string
  /** As in the file, such as `${env:WIFI_PASSWORD}`. */
  readonly written: string
}

/** A part of the text of a secret key. */
export type TextPart = { readonly kind: 'text'; readonly text: string } | Reference

/** The parts of a text, or the reason why it is wrong. The reason repeats nothing of the text, which may be a password. */
export type ParsedText = { readonly parts: readonly TextPart[] } | { readonly reason: string }

const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,254}$/

/** `$${`, a whole reference, or a start without an end. */
const MARK = /\$\$\{|\$\{([^{}]*)\}|\$\{/g

/** Says whether a text holds references or `$${`. Every other text stands for itself. */
export function holdsReferences(text: string): boolean {
  return text.includes('${')
}

/**
 * Splits the text of a secret key: `postgres://k3s:${env:DB_PASSWORD}@db/k3s` is text, a reference and text. `$${` is the text `${`; a
 * dollar sign before any other character is a dollar sign.
 */
export function parseReferences(text: string): ParsedText {
  const parts: TextPart[] = []
  let end = 0
  for (const match of text.matchAll(MARK)) {
    const [mark, inner] = match
    parts.push({ kind: 'text', text: text.slice(end, match.index) })
    end = match.index + mark.length
    if (mark === '$${') {
      parts.push({ kind: 'text', text: '${' })
      continue
    }
    if (inner === undefined) return { reason: 'a `${` in it has no `}`' }
    const reference = parseReference(inner, mark)
    if ('reason' in reference) return reference
    parts.push(reference)
  }
  return { parts: [...parts, { kind: 'text', text: text.slice(end) }] }
}

function parseReference(inner: string, written: string): Reference | { readonly reason: string } {
  const colon = inner.indexOf(':')
  const kind = referenceKinds.find((one) => one === inner.slice(0, Math.max(colon, 0)))
  if (kind === undefined) return { reason: 'a `${` in it is not followed by `env:`, `file:` or `secret:`' }
  const name = inner.slice(colon + 1)
  if (kind === 'env' && !VARIABLE_NAME.test(name))
    return { reason: 'what follows `env:` is not the name of a variable' }
  if (kind === 'file' && !/^[^\x00-\x1f\x7f]+$/.test(name)) return { reason: 'what follows `file:` is not a path' }
  if (kind === 'secret' && !isUserValueName(name))
    return { reason: 'what follows `secret:` is not the name of a value, such as `wifi.home`' }
  return { kind, name, written }
}
