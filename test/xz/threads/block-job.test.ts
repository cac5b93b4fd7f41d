import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { BuildError, isBuildError } from '../../../src/errors.ts'
import { packFailure, unpackFailure } from '../../../src/xz/threads/block-job.ts'

function onTheOtherSide(error: unknown): Error {
  return unpackFailure(structuredClone(packFailure(error)))
}

test('our errors arrive unchanged', () => {
  const error = new BuildError('XZ_CORRUPT', { file: 'a.xz', reason: 'it rained' })
  const arrived = onTheOtherSide(error)
  expect(isBuildError(arrived)).toBe(true)
  expect(arrived).toMatchObject({ code: 'XZ_CORRUPT', facts: error.facts, message: error.message, hint: error.hint })
})

test("the system's errors keep code and path", () => {
  try {
    readFileSync('/nowhere/at/all')
    expect.fail('read a file that is not there')
  } catch (error) {
    expect(onTheOtherSide(error)).toMatchObject({
      code: 'ENOENT',
      path: '/nowhere/at/all',
      message: (error as Error).message,
    })
  }
})

test('anything else arrives as an error', () => {
  expect(onTheOtherSide('plain text').message).toBe('plain text')
  expect(onTheOtherSide(new RangeError('too far'))).toMatchObject({ name: 'RangeError', message: 'too far' })
})
