import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { planRule, runsArm64, withArm64Emulation } from '../../../src/base-images/debian/with-arm64-emulation.ts'
import { expectRejection } from '../../support/expect-code.ts'
import { temporaryFolder } from '../../support/small-image.ts'

/** As /proc/sys/fs/binfmt_misc/qemu-aarch64 reads once Debian's qemu-user-static is registered. */
const entry = `enabled
interpreter /usr/libexec/qemu-binfmt/aarch64-binfmt-P
flags: POCF
offset 0
magic 7f454c460201010000000000000000000200b700
mask ffffffffffffff00fffffffffffffffffeffffff
`

test.each([
  ["takes Debian's entry", entry, true],
  ['an entry that is switched off', entry.replace('enabled', 'disabled'), false],
  ['an interpreter that is looked for in the other root', entry.replace('POCF', 'POC'), false],
  ['another architecture', entry.replace('b700', 'f300'), false],
  ['what is no entry', '', false],
] as const)('%s', (_, text, expected) => {
  expect(runsArm64(text)).toBe(expected)
})

/** /usr/lib/binfmt.d/qemu-aarch64.conf of Debian 12. */
const packaged =
  ':qemu-aarch64:M::\\x7f\\x45\\x4c\\x46\\x02:\\xff\\xff\\xff\\xff\\xff:/usr/libexec/qemu-binfmt/aarch64-binfmt-P:OPF\n'

test("registers the package's rule under a different name, with flag F", () => {
  const rule =
    ':bantam-aarch64:M::\\x7f\\x45\\x4c\\x46\\x02:\\xff\\xff\\xff\\xff\\xff:/usr/libexec/qemu-binfmt/aarch64-binfmt-P:OPF'
  expect(planRule(packaged)).toBe(rule)
  expect(planRule(packaged.replace('OPF', 'OP'))).toBe(rule)
})

test("registers the package's static binary if the package has no rule", () => {
  expect(planRule('')).toBe(
    ':bantam-aarch64:M::\\x7f\\x45\\x4c\\x46\\x02\\x01\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x02\\x00\\xb7\\x00' +
      ':\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\x00\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xfe\\xff\\xff\\xff:/usr/bin/qemu-aarch64-static:F',
  )
})

const { signal } = new AbortController()

test('throws for other users than root if nothing is registered', async () => {
  await expectRejection(
    'DEBIAN_EMULATION_MISSING',
    withArm64Emulation({ privilege: 'unshare', signal, folder: temporaryFolder() }, () => Promise.resolve()),
  )
})

test('uses an existing registration, and keeps it', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'register'), '')
  writeFileSync(join(folder, 'qemu-aarch64'), entry)
  expect(await withArm64Emulation({ privilege: 'unshare', signal, folder }, () => Promise.resolve('done'))).toBe('done')
  expect(readFileSync(join(folder, 'register'), 'utf8')).toBe('')
  expect(readFileSync(join(folder, 'qemu-aarch64'), 'utf8')).toBe(entry)
})

test('removes its registration, even after an error', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'register'), '')
  await expect(
    withArm64Emulation({ privilege: 'root', signal, folder }, () => Promise.reject(new Error('no luck'))),
  ).rejects.toThrow('no luck')
  expect(readFileSync(join(folder, 'register'), 'utf8')).toMatch(/^:bantam-aarch64:M:.*F/)
  expect(readFileSync(join(folder, 'bantam-aarch64'), 'utf8')).toBe('-1')
})
