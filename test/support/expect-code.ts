import { expect } from 'vitest'
import { type BuildError, type ErrorCode, isBuildError } from '../../src/errors.ts'

/** Expects a failure with this code, a message and a hint. */
export function expectCode(code: ErrorCode, work: () => unknown): BuildError {
  try {
    work()
  } catch (error) {
    return checked(code, error)
  }
  return expect.fail(`expected ${code}, but nothing was thrown`)
}

/** Expects a promise to fail with this code. */
export async function expectRejection(code: ErrorCode, work: Promise<unknown>): Promise<BuildError> {
  try {
    await work
  } catch (error) {
    return checked(code, error)
  }
  return expect.fail(`expected ${code}, but nothing was thrown`)
}

function checked(code: ErrorCode, error: unknown): BuildError {
  if (!isBuildError(error)) throw error
  expect(error.code, error.message).toBe(code)
  expect(error.message).not.toMatch(/undefined|\[object/)
  expect(error.hint).not.toBe('')
  return error
}
