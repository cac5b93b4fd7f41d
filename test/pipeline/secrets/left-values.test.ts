import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { resultFoldersOf, type ResultFolders } from '../../../src/pipeline/project/result-folders.ts'
import { findLeftValues } from '../../../src/pipeline/secrets/left-values.ts'
import type { PreviousSecret } from '../../../src/secrets/secrets-file.ts'
import { MIB } from '../../../src/units.ts'
import { temporaryFolder } from '../../support/small-image.ts'

const replaced = '2026-11-21T12:00:00Z'
const made = { replaced, reason: 'a test' }
const SHORT = 'abcdef0123456789'
const TOKEN = '5f8e2a41c0d97b36e1f4a2885dc30b7196ea4fd2837b05c19d64e8f0a7b2c35d'
const agentToken: PreviousSecret = { ...made, secret: 'agent-token', token: TOKEN }
const hostKey: PreviousSecret = {
  ...made,
  secret: 'host-keys',
  node: 'worker-1',
  keyPair: { privateKey: 'k'.repeat(70), publicKey: 'ssh-ed25519 AAAA' },
}
const signal = new AbortController().signal

function folders(): ResultFolders {
  const both = resultFoldersOf({ outFolder: temporaryFolder() }, 'home')
  for (const folder of [both.images, both.access]) mkdirSync(folder)
  return both
}

test('finds a value wherever a chunk of reading ends, and in files of any depth', async () => {
  const { images, access } = folders()
  const joinToken = { id: 'abcdef', secret: SHORT, expires: '2027-01-01T00:00:00Z' }
  const token: PreviousSecret = { ...made, secret: 'join-tokens', node: 'worker-1', joinToken }
  mkdirSync(join(access, 'seeds/worker-1'), { recursive: true })
  writeFileSync(join(access, 'seeds/worker-1/a'), `${'x'.repeat(MIB - 5)}${SHORT}`)
  writeFileSync(join(access, 'b'), `${'x'.repeat(3 * MIB)}${SHORT}`)
  writeFileSync(join(access, 'c'), SHORT.slice(1))
  // Not a file of this folder.
  symlinkSync(join(access, 'b'), join(access, 'link'))
  const { files } = await findLeftValues({ images, access }, [token], signal)
  expect(files).toEqual([join(access, 'b'), join(access, 'seeds/worker-1/a')])
})

test('lists images that are older than the replacement and may hold the secret', async () => {
  const { images, access } = folders()
  const dated = (path: string, date: string): void => {
    writeFileSync(path, '')
    utimesSync(path, new Date(date), new Date(date))
  }
  for (const name of ['server-1.img', 'worker-1.img', 'worker-2.img.xz'])
    dated(join(images, name), '2026-11-21T11:59:59Z')
  dated(join(images, 'worker-3.img'), '2026-11-21T12:00:01Z')
  // An image without secrets.
  for (const path of [join(images, 'worker-4.img'), join(access, 'worker-4.secrets.tar')])
    dated(path, '2026-11-21T11:00:00Z')
  const found = async (...forgotten: readonly PreviousSecret[]): Promise<readonly string[]> =>
    (await findLeftValues({ images, access }, forgotten, signal)).images
  const paths = (...names: readonly string[]): readonly string[] => names.map((name) => join(images, name))
  expect(await found(agentToken)).toEqual(paths('server-1.img', 'worker-1.img', 'worker-2.img.xz'))
  expect(await found(hostKey)).toEqual(paths('worker-1.img'))
  expect(await found(hostKey, agentToken)).toEqual(paths('server-1.img', 'worker-1.img', 'worker-2.img.xz'))
  const { keyPair } = hostKey
  expect(await found({ ...made, secret: 'admin-key', keyPair })).toEqual([])
})
