import { describeError, type ErrorCode, errorCodes } from '../../errors.ts'
import { findErrorArea } from '../../errors/areas.ts'
import { placeholderFacts } from '../../errors/sample-facts.ts'
import type { ExplainedWord } from './explained-word.ts'

/** What there is to say about one error code, apart from the facts of a single failure. */
export interface ErrorPage {
  readonly code: ErrorCode
  /** The area that the code belongs to, such as `Base images`. */
  readonly area: string
  readonly kind: 'input' | 'failure'
  /** The message, with names in angle brackets where facts go. */
  readonly message: string
  /** What to do; two where the advice depends on whether a better word is known. */
  readonly hints: readonly string[]
}

/** Describes a code for people who look it up. */
export function errorPage(code: ErrorCode): ErrorPage {
  const { kind, message, hint } = describeError(code, placeholderFacts(code, 'known'))
  const { hint: otherwise } = describeError(code, placeholderFacts(code, 'unknown'))
  return { code, area: findErrorArea(code)?.title ?? '', kind, message, hints: [...new Set([hint, otherwise])] }
}

/** Says in one sentence who is at fault, and which exit code follows. */
export function describeKind(kind: ErrorPage['kind']): string {
  return kind === 'input'
    ? 'Something in your files or options needs a correction (exit code 2).'
    : 'The work itself failed (exit code 1).'
}

/** Every error code as a word that `bantam explain` knows. */
export function explainErrors(): readonly ExplainedWord[] {
  return errorCodes.map((word) => ({ kind: 'error', word, page: () => formatPage(errorPage(word)) }))
}

function formatPage({ code, area, kind, message, hints }: ErrorPage): string {
  return [
    code,
    '',
    `Area:     ${area.replaceAll('`', '')}`,
    `Kind:     ${describeKind(kind)}`,
    '',
    'Message:',
    indent(message),
    '',
    hints.length === 1 ? 'What to do:' : 'What to do (one of):',
    ...hints.map(indent),
    '',
  ].join('\n')
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ')
}
