/** File systems that take O_DIRECT and refuse the read: here each read of a file that was opened so. */
import { createHash } from 'node:crypto'
import { constants, writeFileSync } from 'node:fs'
import type * as FsPromises from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { hashStoredFile } from '../../src/host/hash-stored-file.ts'
import { temporaryFolder } from '../support/small-image.ts'

const refusal = vi.hoisted(() => ({ at: 'read', error: new Error() }))
vi.mock('node:fs/promises', async (importOriginal) => {
  const real = await importOriginal<typeof FsPromises>()
  return {
    ...real,
    open: async (...args: Parameters<typeof real.open>) => {
      const isDirect = typeof args[1] === 'number' && (args[1] & constants.O_DIRECT) !== 0

      if (isDirect && refusal.at === 'open') throw refusal.error
      // Without the flag, since not every file system of a test takes it.
      const file = await real.open(args[0], isDirect ? 'r' : args[1], args[2])
      return isDirect ? Object.assign(file, { read: () => Promise.reject(refusal.error) }) : file
    },
  }
})

const text = 'an image'
const sha256 = createHash('sha256').update(text).digest('hex')

async function hash(at: 'open' | 'read', error: Error): Promise<unknown> {
  Object.assign(refusal, { at, error })
  const path = join(temporaryFolder(), 'image')
  writeFileSync(path, text)
  return hashStoredFile(path, { signal: new AbortController().signal })
}
const withCode = (code: string): Error => Object.assign(new Error('as the system says'), { code })

const testLinux = test.skipIf(process.platform !== 'linux')
testLinux.each([
  ['open', 'EINVAL'],
  ['open', 'ENOTSUP'],
  ['read', 'EINVAL'],
  ['read', 'ENOTSUP'],
] as const)('where %s gives %s, the file is read from memory, and the result says so', async (at, code) => {
  expect(await hash(at, withCode(code))).toEqual({ sha256, readFrom: 'memory' })
})

testLinux.each(['open', 'read'] as const)('every other error of %s is one of the disk', async (at) => {
  await expect(hash(at, withCode('EIO'))).rejects.toThrow('as the system says')
  await expect(hash(at, new Error('without a code'))).rejects.toThrow('without a code')
})
