import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { moveLeftOvers } from '../../../src/pipeline/access/move-left-overs.ts'
import { resultFoldersOf } from '../../../src/pipeline/project/result-folders.ts'
import { temporaryFolder } from '../../support/small-image.ts'

const UUID = '6f1f6a4e-97a3-4c32-9c0e-0f6c9a3f1b7d'
const PRIVATE = [
  'admins.yaml',
  'id_ed25519',
  'id_ed25519.previous',
  `id_ed25519.previous.${UUID}.partial`,
  'id_ed25519.pub',
  'join-tokens.yaml',
  'kubeconfig',
  'kubeconfig.break-glass',
  'known_hosts',
  'server-1.secrets.tar',
  `server-1.secrets.tar.${UUID}.partial`,
  'ssh_config',
]
const OTHERS = [
  '.gitignore',
  'SHA256SUMS',
  'kubeconfig.img',
  'my-kubeconfig',
  'notes.txt',
  'worker-1.img.partial',
  'worker-1.img.xz',
]

function folders() {
  const made = resultFoldersOf({ outFolder: temporaryFolder() }, 'home')
  for (const folder of [made.images, made.access]) mkdirSync(folder, { mode: 0o700 })
  return made
}

test('moves every private file and the seeds, and leaves all others', async () => {
  const { images, access } = folders()
  for (const name of [...PRIVATE, ...OTHERS]) writeFileSync(join(images, name), name, { mode: 0o600 })
  mkdirSync(join(images, 'seeds/server-1/root'), { recursive: true })
  writeFileSync(join(images, 'seeds/server-1/root/key'), 'key')
  expect(await moveLeftOvers({ images, access })).toEqual([...PRIVATE, 'seeds'].sort())
  expect(readdirSync(images).sort()).toEqual(OTHERS)
  expect(readdirSync(access).sort()).toEqual([...PRIVATE, 'seeds'].sort())
  for (const name of PRIVATE) expect(readFileSync(join(access, name), 'utf8')).toBe(name)
  expect(readFileSync(join(access, 'seeds/server-1/root/key'), 'utf8')).toBe('key')
  expect(await moveLeftOvers({ images, access })).toEqual([])
})

test('a name that is taken keeps its file, and so does every moved one', async () => {
  const { images, access } = folders()
  const move = async (content: string): Promise<void> => {
    writeFileSync(join(images, 'id_ed25519'), content)
    expect(await moveLeftOvers({ images, access })).toEqual(['id_ed25519'])
  }
  for (const content of ['first', 'second', 'third']) await move(content)
  const contentOf = (path: string): string => readFileSync(join(access, path), 'utf8')
  expect(['id_ed25519', 'earlier/id_ed25519', 'earlier/id_ed25519.2'].map(contentOf)).toEqual([
    'first',
    'second',
    'third',
  ])
  expect(statSync(join(access, 'earlier')).mode & 0o077).toBe(0)
  expect(existsSync(join(images, 'id_ed25519'))).toBe(false)
})

const OTHER_FILE_SYSTEM = '/dev/shm'

test.skipIf(!existsSync(OTHER_FILE_SYSTEM))('moves files and folders to another file system, too', async () => {
  const { access } = folders()
  const images = mkdtempSync(join(OTHER_FILE_SYSTEM, 'bantam-test-'))
  onTestFinished(() => {
    rmSync(images, { recursive: true, force: true })
  })
  writeFileSync(join(images, 'id_ed25519.previous'), 'key', { mode: 0o600 })
  mkdirSync(join(images, 'seeds/server-1'), { recursive: true })
  writeFileSync(join(images, 'seeds/server-1/token'), 'token', { mode: 0o600 })
  expect(await moveLeftOvers({ images, access })).toEqual(['id_ed25519.previous', 'seeds'])
  expect(readdirSync(images)).toEqual([])
  for (const [path, content] of [
    ['id_ed25519.previous', 'key'],
    ['seeds/server-1/token', 'token'],
  ] as const) {
    expect(readFileSync(join(access, path), 'utf8')).toBe(content)
    expect(statSync(join(access, path)).mode & 0o777).toBe(0o600)
  }
})

test('a folder of images that is missing holds none', async () => {
  const { access } = folders()
  expect(await moveLeftOvers({ images: join(access, 'none'), access })).toEqual([])
})
