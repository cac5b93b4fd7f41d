import { expect, test } from 'vitest'
import { aptReason, parseRecords, parseSimulation } from '../../../src/base-images/debian/resolve-packages.ts'

test('reads what apt would install, with and without an architecture in the name', () => {
  expect(
    parseSimulation([
      'The following NEW packages will be installed:',
      '  bash libc6 zlib1g',
      'Inst gcc-14-base (14.2.0-19 Debian:13.2/stable [arm64]) []',
      'Inst libc6:arm64 (2.41-12+deb13u4 Debian:13.2/stable, Debian-Security:13/stable-security [arm64])',
      'Inst zlib1g [1:1.2.13.dfsg-1] (1:1.3.dfsg+really1.3.1-1+b1 Debian:13.2/stable [arm64])',
      'Conf libc6 (2.41-12+deb13u4 Debian:13.2/stable [arm64])',
    ]),
  ).toEqual([
    { name: 'gcc-14-base', version: '14.2.0-19' },
    { name: 'libc6', version: '2.41-12+deb13u4' },
    { name: 'zlib1g', version: '1:1.3.dfsg+really1.3.1-1+b1' },
  ])
})

test('reads sizes and checksums of records with any description', () => {
  const records = parseRecords([
    'Package: dash',
    'Architecture: arm64',
    'Version: 0.5.12-12',
    'Installed-Size: 261',
    'Description: POSIX-compliant shell',
    ' The Debian Almquist Shell: a shell.',
    ' Size: 1',
    'Size: 98700',
    `SHA256: ${'a'.repeat(64)}`,
    '',
    'Package: tzdata',
    'Version: 2026a-0+deb13u1',
    'Size: 257000',
    `SHA256: ${'b'.repeat(64)}`,
    '',
  ])
  expect(records.get('dash 0.5.12-12')).toEqual({
    name: 'dash',
    version: '0.5.12-12',
    byteLength: 98_700,
    installedByteLength: 261 * 1024,
    sha256: 'a'.repeat(64),
  })
  expect(records.get('tzdata 2026a-0+deb13u1')).toMatchObject({ installedByteLength: 0 })
})

test("gives apt's reason in one line, without credentials", () => {
  const output = [
    'Err:1 http://user:word@mirror.example/debian trixie InRelease',
    '  Could not resolve host',
    'W: Some index files failed to download.',
    'E: Failed to fetch http://user:word@mirror.example/debian/dists/trixie/InRelease  Could not resolve host.',
  ]
  expect(aptReason(output)).toBe(
    'Failed to fetch http://mirror.example/debian/dists/trixie/InRelease  Could not resolve host',
  )
  expect(aptReason([])).toBe('apt said nothing')
})
