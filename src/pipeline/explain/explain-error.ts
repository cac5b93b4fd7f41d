import { describeError, type ErrorCode, errorCodes, exampleFacts, severityOf } from '../../errors.ts'
import { findErrorArea } from '../../errors/areas.ts'
import { placeholderFacts } from '../../errors/sample-facts.ts'
import type { ExplainedWord } from './explained-word.ts'

/** The description of one error code, without the facts of a single failure. */
export interface ErrorPage {
  readonly code: ErrorCode
  /** The area that the code belongs to, such as `Base images`. */
  readonly area: string
  readonly severity: 'error' | 'warning'
  readonly kind: 'input' | 'failure'
  /** The message. Names in angle brackets mark the facts. */
  readonly message: string
  /** What to do. There are two hints if the advice depends on whether a better word is known. */
  readonly hints: readonly string[]
  /** One realistic case, as the command line prints it. */
  readonly example: string
}

/** Describes an error code. */
export function errorPage(code: ErrorCode): ErrorPage {
  const { kind, message, hint } = describeError(code, placeholderFacts(code, 'known'))
  const { hint: otherwise } = describeError(code, placeholderFacts(code, 'unknown'))
  return {
    code,
    area: findErrorArea(code)?.title ?? '',
    severity: severityOf(code),
    kind,
    message,
    hints: [...new Set([hint, otherwise])],
    example: formatExample(code),
  }
}

function formatExample(code: ErrorCode): string {
  const { message, hint } = describeError(code, exampleFacts(code))
  return `${severityOf(code)} ${code}: ${message}\n  ${hint}`
}

/** Describes in one sentence what a code means for the command, and its exit code. */
export function describeKind({ severity, kind }: Pick<ErrorPage, 'severity' | 'kind'>): string {
  if (severity === 'warning') return 'A warning: the command goes on.'
  return kind === 'input'
    ? 'Something in your files or options needs a correction (exit code 2).'
    : 'The work itself failed (exit code 1).'
}

/** Lists every error code as a word that `bantam explain` knows. */
export function explainErrors(): readonly ExplainedWord[] {
  return errorCodes.map((word) => ({ kind: 'error', word, page: () => formatPage(errorPage(word)) }))
}

function formatPage(page: ErrorPage): string {
  const { code, area, message, hints, example } = page
  return [
    code,
    '',
    `Area:     ${area.replaceAll('`', '')}`,
    `Kind:     ${describeKind(page)}`,
    '',
    'Message:',
    indent(message),
    '',
    hints.length === 1 ? 'What to do:' : 'What to do (one of):',
    ...hints.map(indent),
    '',
    'Example:',
    indent(example),
    '',
  ].join('\n')
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ')
}
