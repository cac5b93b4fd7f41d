import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { hideFolderFromGit, hideSecretsFromGit, showSecretsToGit } from '../../../src/pipeline/access/hide-from-git.ts'
import { asUnprivileged } from '../../support/as-unprivileged.ts'
import { temporaryFolder } from '../../support/small-image.ts'
import { testWith } from '../../support/validators.ts'

const PARTIAL = 'home.secrets.yaml.6f1f6a4e-97a3-4c32-9c0e-0f6c9a3f1b7d.partial'

/** A folder that git takes for a work tree, with a .gitignore. */
function workTree(ignored: string | Uint8Array): string {
  const folder = temporaryFolder()
  mkdirSync(join(folder, '.git'))
  writeFileSync(join(folder, '.gitignore'), ignored)
  return folder
}

const ignoredIn = (folder: string): string => readFileSync(join(folder, '.gitignore'), 'latin1')

async function hide(folder: string, isEncrypted = false): Promise<readonly string[]> {
  const problems = await hideSecretsFromGit(join(folder, 'home.secrets.yaml'), { isEncrypted })
  return problems.map(({ code }) => code)
}

describe('the user’s .gitignore', () => {
  test.each([
    ['mine', 'mine\n*.secrets.yaml*\n'],
    ['mine\n', 'mine\n*.secrets.yaml*\n'],
    ['', '*.secrets.yaml*\n'],
    // What the user wrote covers the file, but not its unfinished copies.
    ['*.secrets.yaml\n', '*.secrets.yaml\n*.secrets.yaml.*\n'],
    ['/home.secrets.yaml', '/home.secrets.yaml\n*.secrets.yaml.*\n'],
    // An exception uncovers it again.
    ['*.secrets.yaml*\n!home.secrets.yaml\n', '*.secrets.yaml*\n!home.secrets.yaml\n*.secrets.yaml*\n'],
  ])('%j gets the missing line once', async (before, after) => {
    const folder = workTree(before)
    for (let turn = 0; turn < 2; turn += 1) expect(await hide(folder)).toEqual([])
    expect(ignoredIn(folder)).toBe(after)
  })

  test.each(['*.secrets.yaml*\n', '*secrets*', '*\n', '/home.*\r\n', 'home.secrets.yaml*  \n'])(
    '%j covers all, and is not touched',
    async (text) => {
      const folder = workTree(text)
      expect(await hide(folder)).toEqual([])
      expect(ignoredIn(folder)).toBe(text)
    },
  )

  test('keeps bytes that are no UTF-8', async () => {
    const folder = workTree(Buffer.from([0x63, 0x61, 0x66, 0xe9, 0x0d, 0x0a, 0xff]))
    expect(await hide(folder)).toEqual([])
    expect(ignoredIn(folder)).toBe('caf\xe9\r\n\xff\n*.secrets.yaml*\n')
  })

  test('of a folder above counts, and so does .git/info/exclude', async () => {
    const above = workTree('*.secrets.yaml*\n')
    mkdirSync(join(above, 'clusters/home'), { recursive: true })
    expect(await hide(join(above, 'clusters/home'))).toEqual([])
    expect(() => ignoredIn(join(above, 'clusters/home'))).toThrow('ENOENT')
    const excluded = workTree('mine\n')
    mkdirSync(join(excluded, '.git/info'))
    writeFileSync(join(excluded, '.git/info/exclude'), '*.secrets.yaml*\n')
    expect(await hide(excluded)).toEqual([])
    expect(ignoredIn(excluded)).toBe('mine\n')
  })

  test('above the top of the work tree does not count', async () => {
    const outer = temporaryFolder()
    writeFileSync(join(outer, '.gitignore'), '*\n')
    mkdirSync(join(outer, 'inner/.git'), { recursive: true })
    expect(await hide(join(outer, 'inner'))).toEqual([])
    expect(ignoredIn(join(outer, 'inner'))).toBe('*.secrets.yaml*\n')
  })

  test.skipIf(process.platform === 'win32')('that cannot be read is not replaced, and a warning says so', async () => {
    const folder = workTree('my/important/list\n.env\n')
    for (const path of ['', '.git']) chmodSync(join(folder, path), 0o777)
    chmodSync(join(folder, '.gitignore'), 0)
    expect(await asUnprivileged(() => hide(folder))).toEqual(['SECRETS_NOT_HIDDEN'])
    expect(ignoredIn(folder)).toBe('my/important/list\n.env\n')
  })

  test.skipIf(process.platform === 'win32')('that is a link stays one, and a warning says so', async () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, '.git'))
    writeFileSync(join(folder, 'shared'), '*.secrets.yaml*\n')
    symlinkSync('shared', join(folder, '.gitignore'))
    // git does not follow the link.
    expect(await hide(folder)).toEqual(['SECRETS_NOT_HIDDEN'])
    expect([readlinkSync(join(folder, '.gitignore')), ignoredIn(folder)]).toEqual(['shared', '*.secrets.yaml*\n'])
  })

  test.skipIf(process.platform === 'win32')('beside the target of a link covers its unfinished copies', async () => {
    const folder = workTree('*.secrets.yaml*\n')
    const vault = workTree('mine\n')
    writeFileSync(join(vault, 'home.secrets.yaml'), '')
    symlinkSync(join(vault, 'home.secrets.yaml'), join(folder, 'home.secrets.yaml'))
    expect(await hide(folder)).toEqual([])
    expect([ignoredIn(folder), ignoredIn(vault)]).toEqual(['*.secrets.yaml*\n', 'mine\n*.secrets.yaml*\n'])
  })
})

describe('an encrypted secrets file', () => {
  test('is not hidden, but its lock and unfinished copies are', async () => {
    const folder = workTree('mine\n')
    for (let turn = 0; turn < 2; turn += 1) expect(await hide(folder, true)).toEqual([])
    expect(ignoredIn(folder)).toBe('mine\n*.secrets.yaml.*\n')
  })

  test('is shown again where bantam hid it, and hidden again once it is decrypted', async () => {
    const folder = workTree('mine\n')
    const file = join(folder, 'home.secrets.yaml')
    await hide(folder)
    for (let turn = 0; turn < 2; turn += 1) await showSecretsToGit(file)
    const shown = 'mine\n*.secrets.yaml*\n!/home.secrets.yaml\n'
    expect(ignoredIn(folder)).toBe(shown)
    await hide(folder, true)
    expect(ignoredIn(folder)).toBe(shown)
    await hide(folder)
    expect(ignoredIn(folder)).toBe(`${shown}*.secrets.yaml*\n`)
  })

  test('stays hidden where the user hid it', async () => {
    const folder = workTree('home.*\n')
    await showSecretsToGit(join(folder, 'home.secrets.yaml'))
    expect(ignoredIn(folder)).toBe('home.*\n')
  })
})

test('a folder of results is ignored by its own file, also in an ignored folder', async () => {
  const folder = workTree('out/\n')
  const results = join(folder, 'out/home')
  mkdirSync(results, { recursive: true })
  await hideFolderFromGit(results)
  expect(ignoredIn(results)).toBe('*\n')
  writeFileSync(join(results, '.gitignore'), '*\n!SHA256SUMS\n')
  await hideFolderFromGit(results)
  expect(ignoredIn(results)).toBe('*\n!SHA256SUMS\n')
})

testWith('git')('git itself shows none of these files, and an encrypted secrets file', async () => {
  const folder = temporaryFolder()
  const git = (...words: readonly string[]): string => execFileSync('git', words, { cwd: folder, encoding: 'utf8' })
  git('init', '-q')
  for (const name of ['home.secrets.yaml', 'home.secrets.yaml.lock', PARTIAL, 'cluster.yaml'])
    writeFileSync(join(folder, name), '')
  await hide(folder)
  expect(git('status', '--porcelain')).toBe('?? .gitignore\n?? cluster.yaml\n')
  await showSecretsToGit(join(folder, 'home.secrets.yaml'))
  expect(git('status', '--porcelain')).toBe('?? .gitignore\n?? cluster.yaml\n?? home.secrets.yaml\n')
})
