// @module-tag slow
import { writeFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { check, damageOf, directoryOf, e2fsck, makeVolume, withRequests } from '../../support/ext4-volumes.ts'
import { memoryFolder } from '../../support/small-image.ts'
import { run, testWith } from '../../support/validators.ts'

const test = testWith('mke2fs', 'e2fsck', 'debugfs', 'tune2fs')

const WITH_CHECKSUMS = ['metadata_csum,orphan_file', '-b', '1024'] as const
const WITHOUT_CHECKSUMS = ['^metadata_csum,orphan_file', '-b', '1024'] as const

test.each([WITH_CHECKSUMS, WITHOUT_CHECKSUMS])(
  'refuses each wrong byte in an orphan file, as e2fsck does: %s',
  (...volume) => {
    const sound = makeVolume(...volume)
    check(sound)
    const start = directoryOf(sound, '<12>').firstBlock * 1024
    // The first and the last entry, magic, checksum, and the second block.
    for (const at of [0, 1015, 1016, 1020, 1023, 1024]) {
      const bytes = Buffer.from(sound)
      bytes.writeUInt8(bytes.readUInt8(start + at) ^ 1, start + at)
      expect(e2fsck(bytes)).toMatchObject({ status: 4, output: expect.stringContaining('is not clean') as string })
      expect(damageOf(bytes)).toMatch(/block \d+ of the orphan file is not empty/)
      check(bytes, 'allocation')
    }
  },
)

test('refuses a volume whose orphan file is missing, as e2fsck does', () => {
  const bytes = withRequests(makeVolume('metadata_csum', '-b', '1024'), 'feature orphan_file')
  expect(e2fsck(bytes).status).not.toBe(0)
  expect(damageOf(bytes)).toMatch(/its orphan file is missing/)
})

test('takes a clean volume with an orphan file and without a journal, as Linux does', () => {
  const path = join(memoryFolder(), 'volume')
  writeFileSync(path, makeVolume(...WITH_CHECKSUMS))
  expect(run('tune2fs', ['-O', '^has_journal', path]).status).toBe(0)
  const bytes = readFileSync(path)
  // That is all that e2fsck finds: without a journal, it removes the orphan file.
  expect(e2fsck(bytes)).toMatchObject({ status: 4, output: expect.stringContaining('without journal') as string })
  check(bytes)
})
