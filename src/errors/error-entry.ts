/** `input`: the user's files, flags or images are at fault (exit code 2); `failure`: the work itself failed (exit code 1). */
export type ErrorKind = 'input' | 'failure'

export interface ErrorEntry<Facts = never> {
  readonly kind: ErrorKind
  readonly message: (facts: Facts) => string
  readonly hint: string | ((facts: Facts) => string)
  /** Set if no command stops for this code. Default: `error`. */
  readonly severity?: 'warning'
  /** Facts of one realistic case, for pages that explain the code. `errors.ts` checks that `message` takes them. */
  readonly example: unknown
}
