import { statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { formatConfiguration, openAptFolder } from '../../../src/base-images/debian/apt-folder.ts'
import { temporaryFolder } from '../../support/small-image.ts'
import { run, testWith } from '../../support/validators.ts'

const dump = `APT::Architecture "amd64";
APT::Update::Post-Invoke:: "rm -rf /var/cache/apt";
Acquire::http::Proxy "http://user:word@proxy.example:3128";
Acquire::https::Timeout "20";
Acquire::Retries "3";
Acquire::IndexTargets::deb::DEP-11::MetaKey "x";
DPkg::Post-Invoke:: "reboot";
`

test("keeps this machine's apt settings for fetching, and no others", () => {
  const text = formatConfiguration('/cache/apt', dump)
  expect(text).toContain(
    'Acquire::http::Proxy "http://user:word@proxy.example:3128";\nAcquire::https::Timeout "20";\nAcquire::Retries "3";\n',
  )
  expect(text).not.toMatch(/Post-Invoke|DEP-11|amd64/)
})

test("only this user can read the folder, because it may hold a proxy's password", async () => {
  const path = join(temporaryFolder(), 'apt')
  const folder = await openAptFolder(path, ['deb http://a.example/debian trixie main'], dump)
  expect(statSync(path).mode & 0o777).toBe(0o700)
  expect(statSync(folder.configuration).mode & 0o777).toBe(0o600)
})

testWith('apt-config')('apt takes the configuration, and reads no other', async () => {
  const folder = await openAptFolder(join(temporaryFolder(), 'apt'), [], dump)
  const { status, output } = run('apt-config', ['dump', '--format', '%f=%v%n'], {
    env: { APT_CONFIG: folder.configuration },
  })
  expect(status, output).toBe(0)
  expect(output).toContain('APT::Architecture=arm64\n')
  expect(output).toContain(`Dir::State=${folder.path}\n`)
  expect(output).toContain('Acquire::http::Proxy=http://user:word@proxy.example:3128\n')
  expect(output).not.toContain('Post-Invoke')
})
