import { existsSync, writeFileSync } from 'node:fs'
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
