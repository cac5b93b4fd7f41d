import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { hasSubordinateIds, requireNamespaces } from '../../../src/base-images/debian/choose-privilege.ts'
import { expectRejection } from '../../support/expect-code.ts'
import { temporaryFolder } from '../../support/small-image.ts'

test.each([
  ['by name', 'daemon:1:65536\nann:100000:65536\n', true],
  ['by number', '1000:100000:65536\n', true],
  ['too few', 'ann:100000:1000\n', false],
  ['of others only', 'bob:100000:65536\n', false],
  ['none', '', false],
] as const)('subordinate ids %s', (_, text, expected) => {
  expect(hasSubordinateIds(text, 'ann', 1000)).toBe(expected)
})

test('the error for a user without ids names the file for them', async () => {
  const file = join(temporaryFolder(), 'subuid')
  writeFileSync(file, 'nobody-else:100000:65536\n')
  const { message, hint } = await expectRejection(
    'DEBIAN_PRIVILEGE_MISSING',
    requireNamespaces(new AbortController().signal, [file]),
  )
  expect(message).toContain(file)
  expect(hint).toContain('/etc/subuid')
})
