import { writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { nullIfMissing } from '../../src/host/null-if-missing.ts'
import { temporaryFolder } from '../support/small-image.ts'

test('a file that is missing is null, also below a file; every other error stays', async () => {
  const folder = temporaryFolder()
  const file = join(folder, 'file')
  writeFileSync(file, 'text')
  expect(await nullIfMissing(readFile(file, 'utf8'))).toBe('text')
  expect(await nullIfMissing(readFile(join(folder, 'missing')))).toBeNull()
  expect(await nullIfMissing(readFile(join(file, 'below')))).toBeNull()
  await expect(nullIfMissing(readFile(folder))).rejects.toThrow('EISDIR')
  await expect(nullIfMissing(Promise.reject(new Error('of another kind')))).rejects.toThrow('of another kind')
  const thrown: unknown = 'no error'
  // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- Code of others may throw anything.
  await expect(nullIfMissing(Promise.reject(thrown))).rejects.toBe('no error')
})
