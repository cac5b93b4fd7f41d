import type { ErrorCode } from '../errors.ts'

/** Something wrong or doubtful in a file that the user wrote. */
export interface Problem {
  readonly severity: 'error' | 'warning'
  readonly code: ErrorCode
  readonly message: string
  readonly hint: string
  readonly file: string
  /** 1-based; null where the problem belongs to the whole file. */
  readonly line: number | null
  /** 1-based, in characters. */
  readonly column: number | null
}
