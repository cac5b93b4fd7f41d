import { type BuildError, describeError, type ErrorCode, type ErrorFacts } from '../errors.ts'
import type { Problem } from '../errors/problem.ts'
import { type Place, positionOf } from './place.ts'

/** A value with the problems of the text from which it was made. */
export interface Checked<T> {
  readonly value: T
  readonly problems: readonly Problem[]
}

/** The spot of a problem: a place in a file, or a whole file. */
export type Spot = Place | { readonly file: string }

/** Describes an error in words, with the file, line and column of its place. */
export function problem<C extends ErrorCode>(code: C, facts: ErrorFacts<C>, spot: Spot): Problem {
  return { severity: 'error', code, ...textOf(describeError(code, facts)), ...positionIn(spot) }
}

/** Describes a warning in words, with the file, line and column of its place. */
export function warning<C extends ErrorCode>(code: C, facts: ErrorFacts<C>, spot: Spot): Problem {
  return { severity: 'warning', code, ...textOf(describeError(code, facts)), ...positionIn(spot) }
}

/** Turns a failure into a problem at the spot in a file that caused it. */
export function problemOf(failure: BuildError, spot: Spot): Problem {
  return { severity: 'error', code: failure.code, ...textOf(failure), ...positionIn(spot) }
}

function textOf({ message, hint }: Pick<Problem, 'message' | 'hint'>): Pick<Problem, 'message' | 'hint'> {
  return { message, hint }
}

function positionIn(spot: Spot): Pick<Problem, 'file' | 'line' | 'column'> {
  return 'source' in spot ? positionOf(spot) : { file: spot.file, line: null, column: null }
}
