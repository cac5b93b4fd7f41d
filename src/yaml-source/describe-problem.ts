import { type BuildError, describeError, type ErrorCode, type ErrorFacts } from '../errors.ts'
import { type Place, positionOf } from './place.ts'
import type { Problem } from './problem.ts'

/** A value with what is wrong or doubtful about the text that it was made from. */
export interface Checked<T> {
  readonly value: T
  readonly problems: readonly Problem[]
}

/** Where a problem is reported: a place in a file, or a file as a whole. */
export type Spot = Place | { readonly file: string }

/** Puts an error into words, with the file, line and column of its place. */
export function problem<C extends ErrorCode>(code: C, facts: ErrorFacts<C>, spot: Spot): Problem {
  return { severity: 'error', code, ...textOf(describeError(code, facts)), ...positionIn(spot) }
}

/** Puts a warning into words, with the file, line and column of its place. */
export function warning<C extends ErrorCode>(code: C, facts: ErrorFacts<C>, spot: Spot): Problem {
  return { severity: 'warning', code, ...textOf(describeError(code, facts)), ...positionIn(spot) }
}

/** Reports a failure that something in a file led to. */
export function problemOf(failure: BuildError, spot: Spot): Problem {
  return { severity: 'error', code: failure.code, ...textOf(failure), ...positionIn(spot) }
}

function textOf({ message, hint }: Pick<Problem, 'message' | 'hint'>): Pick<Problem, 'message' | 'hint'> {
  return { message, hint }
}

function positionIn(spot: Spot): Pick<Problem, 'file' | 'line' | 'column'> {
  return 'source' in spot ? positionOf(spot) : { file: spot.file, line: null, column: null }
}
