/** Something wrong or doubtful in a file that the user wrote. */
export interface Problem {
  readonly severity: 'error' | 'warning'
  /** An `ErrorCode`. */
  readonly code: string
  readonly message: string
  readonly hint: string
  readonly file: string
  /** 1-based; null where the problem belongs to the whole file. */
  readonly line: number | null
  /** 1-based, in characters. */
  readonly column: number | null
}
