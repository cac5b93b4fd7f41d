import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { writeArtifact } from '../../src/artifact/write-artifact.ts'
import { BuildError } from '../../src/errors.ts'
import { expectRejection } from '../support/expect-code.ts'
import { temporaryFolder } from '../support/small-image.ts'
import { writeOptions } from '../support/write-options.ts'

const written = { byteLength: 4, sha256: '0'.repeat(64), imageByteLength: 4 }

test('a build that lost its folder lock never renames its file over another build’s file', async () => {
  const outFolder = temporaryFolder()
  const controller = new AbortController()
  const options = writeOptions(outFolder, { signal: controller.signal })
  await expectRejection(
    'BUG',
    writeArtifact('n', 'img.xz', options, (partial) => {
      writeFileSync(partial, 'theirs, half')
      controller.abort(new BuildError('BUG', { state: 'the lock was lost' }))
      return Promise.resolve(written)
    }),
  )
  expect(existsSync(join(outFolder, 'n.img.xz'))).toBe(false)
})

test.each([
  ['before the list of sums changes', 1, []],
  ['right before the rename', 2, ['n.img.xz']],
] as const)('a lock that was lost %s is noticed there', async (_case, lostAt, replaced) => {
  const outFolder = temporaryFolder()
  writeFileSync(join(outFolder, 'n.img.xz'), 'older')
  let asked = 0
  const names: string[] = []
  const options = writeOptions(outFolder, {
    flush: false,
    requireHeld: () => {
      asked += 1
      return asked === lostAt
        ? Promise.reject(new BuildError('FILE_LOCK_LOST', { lock: outFolder }))
        : Promise.resolve()
    },
    beforeReplace: (name) => {
      names.push(name)
      return Promise.resolve()
    },
  })
  const write = writeArtifact('n', 'img.xz', options, (partial) => {
    writeFileSync(partial, 'ours')
    return Promise.resolve(written)
  })
  await expectRejection('FILE_LOCK_LOST', write)
  expect(names).toEqual(replaced)
  expect(readFileSync(join(outFolder, 'n.img.xz'), 'utf8')).toBe('older')
})
