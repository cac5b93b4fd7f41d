import { describeError, type ErrorCode, type ErrorFacts } from '../errors.ts'
import type { Place } from './place.ts'
import type { Problem } from './problem.ts'

/** A value with what is wrong or doubtful about the text that it was made from. */
export interface Checked<T> {
  readonly value: T
  readonly problems: readonly Problem[]
}

/** Puts an error into words, with the file, line and column of its place. */
export function problem<C extends ErrorCode>(code: C, facts: ErrorFacts<C>, place: Place): Problem {
  return describeProblem('error', code, facts, place)
}

/** Puts a warning into words, with the file, line and column of its place. */
export function warning<C extends ErrorCode>(code: C, facts: ErrorFacts<C>, place: Place): Problem {
  return describeProblem('warning', code, facts, place)
}

function describeProblem<C extends ErrorCode>(
  severity: Problem['severity'],
  code: C,
  facts: ErrorFacts<C>,
  place: Place,
): Problem {
  const { message, hint } = describeError(code, facts)
  const { line, column } = place.source.locate(place.path, place.part)
  return { severity, code, message, hint, file: place.source.file, line, column }
}
