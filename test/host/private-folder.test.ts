import { chmodSync, chownSync, lchownSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { makePrivateFolder } from '../../src/host/private-folder.ts'
import { asUnprivileged } from '../support/as-unprivileged.ts'
import { expectRejection } from '../support/expect-code.ts'
import { temporaryFolder } from '../support/small-image.ts'
import { withUmask } from '../support/with-umask.ts'

const isRoot = process.geteuid?.() === 0
const modeOf = (path: string): number => statSync(path).mode & 0o777

describe.skipIf(process.platform === 'win32')('a private folder', () => {
  test('is made for its owner only, whatever the umask, and holds nothing', async () => {
    const path = join(temporaryFolder(), 'out/home.access')
    await withUmask(0, () => makePrivateFolder(path))
    expect([modeOf(path), modeOf(join(path, '..')), readdirSync(path)]).toEqual([0o700, 0o755, []])
  })

  test.each([0o755, 0o770, 0o701])('loses the rights of others: mode %o', async (mode) => {
    const path = temporaryFolder()
    chmodSync(path, mode)
    await makePrivateFolder(path)
    expect(modeOf(path)).toBe(0o700)
  })

  test('may be a link of its owner to a folder of its owner', async () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'vault'), { mode: 0o755 })
    symlinkSync('vault', join(folder, 'home.access'))
    await makePrivateFolder(join(folder, 'home.access'))
    expect(modeOf(join(folder, 'vault'))).toBe(0o700)
  })

  test('is refused where a file has its name', async () => {
    const path = join(temporaryFolder(), 'home.access')
    writeFileSync(path, '')
    await expectRejection('OUTPUT_NOT_WRITABLE', makePrivateFolder(path))
  })

  test.each([
    ['does nothing', () => Promise.resolve()],
    ['refuses', () => Promise.reject(new Error('EPERM'))],
  ])('is refused on a file system that %s when rights change', async (_what, setMode) => {
    const path = temporaryFolder()
    chmodSync(path, 0o755)
    const error = await expectRejection('OUTPUT_FOLDER_OPEN', makePrivateFolder(path, setMode))
    expect(error.message).toContain('mode 755')
    expect(readdirSync(path)).toEqual([])
  })

  test.skipIf(!isRoot)('of someone else is refused, and so is the link of someone else', async () => {
    const folder = temporaryFolder()
    const foreign = join(folder, 'foreign')
    mkdirSync(foreign, { mode: 0o755 })
    chownSync(foreign, 65_534, 65_534)
    await expectRejection('OUTPUT_FOLDER_FOREIGN', makePrivateFolder(foreign))
    expect([modeOf(foreign), readdirSync(foreign)]).toEqual([0o755, []])
    symlinkSync('foreign', join(folder, 'own-link'))
    await expectRejection('OUTPUT_FOLDER_FOREIGN', makePrivateFolder(join(folder, 'own-link')))
    mkdirSync(join(folder, 'own'))
    symlinkSync('own', join(folder, 'link'))
    lchownSync(join(folder, 'link'), 65_534, 65_534)
    await expectRejection('OUTPUT_FOLDER_FOREIGN', makePrivateFolder(join(folder, 'link')))
  })

  test.skipIf(!isRoot)('of someone else that everybody may write to is refused without root', async () => {
    const folder = temporaryFolder()
    chmodSync(folder, 0o755)
    mkdirSync(join(folder, 'foreign'))
    chmodSync(join(folder, 'foreign'), 0o777)
    await expectRejection(
      'OUTPUT_FOLDER_FOREIGN',
      asUnprivileged(() => makePrivateFolder(join(folder, 'foreign'))),
    )
  })
})
