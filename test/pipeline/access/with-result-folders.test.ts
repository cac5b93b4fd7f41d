import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { withResultFolders } from '../../../src/pipeline/access/with-result-folders.ts'
import { type ResultFolders, resultFoldersOf } from '../../../src/pipeline/project/result-folders.ts'
import { temporaryFolder } from '../../support/small-image.ts'

const OURS = { rootHash: 'a'.repeat(64), secretsFile: 'home.secrets.yaml' }
const UUID = '6f1f6a4e-97a3-4c32-9c0e-0f6c9a3f1b7d'
const lockTiming = { pollMs: 5, heartbeatMs: 20, staleAfterMs: 2_000 }

function folders(): ResultFolders {
  return resultFoldersOf({ outFolder: temporaryFolder() }, 'home')
}

function use<T>(where: ResultFolders, work: () => Promise<T>): Promise<T> {
  const options = {
    signal: new AbortController().signal,
    progress: () => undefined,
    lockTiming,
    use: 'access',
  } as const
  return withResultFolders(where, OURS, options, work)
}

test('what killed commands left in the access folder is removed, also among the seeds', async () => {
  const where = folders()
  mkdirSync(join(where.access, 'seeds/worker-1/boot'), { recursive: true })
  mkdirSync(join(where.access, '.owner-a1B2c3'))
  const left = [
    `id_ed25519.${UUID}.partial`,
    `kubeconfig.${UUID}.partial`,
    `seeds/worker-1/boot/user-data.${UUID}.partial`,
  ]
  for (const name of [...left, 'kubeconfig', 'my.notes']) writeFileSync(join(where.access, name), '')
  await use(where, () => Promise.resolve())
  expect(readdirSync(where.access, { recursive: true, encoding: 'utf8' }).sort()).toEqual([
    ...['.gitignore', '.root-ca.sha256', 'kubeconfig', 'my.notes', 'seeds', 'seeds/worker-1', 'seeds/worker-1/boot'],
  ])
})

test('the partial file of a command that is writing stays until that command ends', async () => {
  const where = folders()
  const partial = `kubeconfig.${UUID}.partial`
  let second: Promise<readonly string[]> = Promise.resolve([])
  const first = await use(where, async () => {
    writeFileSync(join(where.access, partial), '')
    second = use(where, () => Promise.resolve(readdirSync(where.access)))
    await sleep(100)
    return readdirSync(where.access)
  })
  expect([first.includes(partial), (await second).includes(partial)]).toEqual([true, false])
})
