import { expect, test } from 'vitest'
import { withCacheErrors } from '../../src/host/cache-error.ts'
import { expectRejection } from '../support/expect-code.ts'

function systemError(code: string): Promise<never> {
  return Promise.reject(Object.assign(new Error(`${code}: as the system says`), { code }))
}

test.each([
  ['ENOSPC', 'CACHE_DISK_FULL'],
  ['EDQUOT', 'CACHE_DISK_FULL'],
  ['EIO', 'CACHE_DISK_FAILED'],
  ['EACCES', 'CACHE_UNWRITABLE'],
  ['EROFS', 'CACHE_UNWRITABLE'],
  ['EFBIG', 'CACHE_UNWRITABLE'],
] as const)('turns %s into %s with the folder', async (systemCode, code) => {
  const error = await expectRejection(
    code,
    withCacheErrors('/cache', () => systemError(systemCode)),
  )
  expect(error.message).toContain('/cache')
})

test('passes on errors that it does not know', async () => {
  await expect(withCacheErrors('/cache', () => systemError('ELOOP'))).rejects.toThrow('ELOOP: as the system says')
})
