/** Every failure that bantam knows, by code. Throw sites give facts; the words are in `errors/<area>.ts`. */
import { apiErrors } from './errors/api.ts'
import { baseImageErrors } from './errors/base-images.ts'
import { bugErrors } from './errors/bug.ts'
import { cacheErrors } from './errors/cache.ts'
import { clockErrors } from './errors/clock.ts'
import { configErrors } from './errors/config.ts'
import { debianErrors } from './errors/debian.ts'
import { diskErrors } from './errors/disk.ts'
import { downloadErrors } from './errors/download.ts'
import { emulatorErrors } from './errors/emulator.ts'
import type { ErrorEntry, ErrorKind } from './errors/error-entry.ts'
import { fileSystemErrors } from './errors/file-systems.ts'
import { fileErrors } from './errors/file.ts'
import { gzipErrors } from './errors/gzip.ts'
import { imageErrors } from './errors/image.ts'
import { machineErrors } from './errors/machine.ts'
import { outputErrors } from './errors/output.ts'
import { partitionErrors } from './errors/partition.ts'
import { pipelineErrors } from './errors/pipeline.ts'
import { renderErrors } from './errors/render.ts'
import { secretsErrors } from './errors/secrets.ts'
import { usageErrors } from './errors/usage.ts'
import { xzErrors } from './errors/xz.ts'

const errorList = {
  ...apiErrors,
  ...baseImageErrors,
  ...bugErrors,
  ...cacheErrors,
  ...clockErrors,
  ...configErrors,
  ...debianErrors,
  ...diskErrors,
  ...downloadErrors,
  ...emulatorErrors,
  ...fileErrors,
  ...fileSystemErrors,
  ...gzipErrors,
  ...imageErrors,
  ...machineErrors,
  ...outputErrors,
  ...partitionErrors,
  ...pipelineErrors,
  ...renderErrors,
  ...secretsErrors,
  ...usageErrors,
  ...xzErrors,
} as const satisfies Record<string, ErrorEntry>

export type ErrorCode = keyof typeof errorList
/** The facts that an error code needs, as its message function takes them. */
export type ErrorFacts<C extends ErrorCode> = Parameters<(typeof errorList)[C]['message']>[0]

// Each code has an example, and its own message takes these facts.
errorList satisfies { readonly [C in ErrorCode]: { readonly kind: ErrorKind; readonly example: ErrorFacts<C> } }

export interface ErrorText {
  readonly kind: ErrorKind
  readonly message: string
  readonly hint: string
}

/** Lists every code. A test uses it to check that each code is expected by some test. */
export const errorCodes = Object.keys(errorList) as readonly ErrorCode[]

/** Puts a code's facts into words. */
export function describeError<C extends ErrorCode>(code: C, facts: ErrorFacts<C>): ErrorText {
  // By the signature, entry and facts belong to the same code. TypeScript sees only a union, so a cast is needed.
  const entry = errorList[code] as ErrorEntry<ErrorFacts<C>>
  const hint = typeof entry.hint === 'string' ? entry.hint : entry.hint(facts)
  return { kind: entry.kind, message: entry.message(facts), hint }
}

/** Gives the facts of one realistic case of a code. */
export function exampleFacts<C extends ErrorCode>(code: C): ErrorFacts<C> {
  return errorList[code].example
}

/** Says whether commands stop for a code or go on and warn. */
export function severityOf(code: ErrorCode): 'error' | 'warning' {
  const entry: ErrorEntry = errorList[code]
  return entry.severity ?? 'error'
}

/** A failure with a permanent code, a message with the facts, and a hint that says what to do next. */
export class BuildError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'BuildError'
  readonly code: C
  readonly kind: ErrorKind
  readonly hint: string
  readonly facts: ErrorFacts<C>

  constructor(code: C, facts: ErrorFacts<C>, options?: { cause?: unknown }) {
    const text = describeError(code, facts)
    super(text.message, options)
    this.code = code
    this.kind = text.kind
    this.hint = text.hint
    this.facts = facts
  }
}

/** Says whether a thrown value is a `BuildError`. */
export function isBuildError(error: unknown): error is BuildError {
  return error instanceof BuildError
}

/** Says whether a thrown value is the `BuildError` with this code. */
export function hasCode<C extends ErrorCode>(error: unknown, code: C): error is BuildError<C> {
  return isBuildError(error) && error.code === code
}

/** For the `default` of a `switch` over a union: a new member fails to compile there. */
export function unreachable(value: never): BuildError {
  return new BuildError('BUG', { state: `unexpected value ${JSON.stringify(value)}` })
}
