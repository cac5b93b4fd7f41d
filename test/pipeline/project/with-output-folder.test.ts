import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { withOutputFolder } from '../../../src/pipeline/project/with-output-folder.ts'
import { expectRejection } from '../../support/expect-code.ts'
import { temporaryFolder } from '../../support/small-image.ts'

test('a command that has lost the folder gives no file its name there', async () => {
  const folder = temporaryFolder()
  const options = { signal: new AbortController().signal, progress: () => undefined }
  await expectRejection(
    'FILE_LOCK_LOST',
    withOutputFolder(folder, options, async ({ write }) => {
      await write(join(folder, 'before'), 'held', 0o600)
      // As after a stop of minutes: another command has taken the lock over.
      rmSync(join(folder, '.lock'))
      writeFileSync(join(folder, '.lock'), 'another command')
      await write(join(folder, 'after'), 'lost', 0o600)
    }),
  )
  expect([existsSync(join(folder, 'before')), existsSync(join(folder, 'after'))]).toEqual([true, false])
})
