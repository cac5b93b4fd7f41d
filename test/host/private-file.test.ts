import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { readPrivateText } from '../../src/host/private-file.ts'
import { expectRejection } from '../support/expect-code.ts'
import { temporaryFolder } from '../support/small-image.ts'
import { run, testWith } from '../support/validators.ts'

const ADA = 54_321
const EVE = 54_322
const testAsRoot = process.getuid?.() === 0 ? testWith('setpriv') : test.skip

/** Makes a folder and a private file in it, with these owners. Returns the file. */
function privateFile(fileOwner: number, folderOwner: number): string {
  const folder = join(temporaryFolder(), 'project')
  mkdirSync(folder)
  const file = join(folder, 'home.secrets.yaml')
  writeFileSync(file, 'secret')
  chmodSync(file, 0o600)
  chownSync(file, fileOwner, fileOwner)
  chownSync(folder, folderOwner, folderOwner)
  return file
}

test('reads a private file, and nothing where there is none', async () => {
  const own = process.getuid?.() ?? 0
  const file = privateFile(own, own)
  expect(await readPrivateText(file)).toBe('secret')
  expect(await readPrivateText(`${file}.missing`)).toBeNull()
})

test.each([0o640, 0o604, 0o660, 0o602])('refuses mode %o', async (mode) => {
  const own = process.getuid?.() ?? 0
  const file = privateFile(own, own)
  chmodSync(file, mode)
  await expectRejection('SECRETS_MODE', readPrivateText(file))
})

describe('root', () => {
  testAsRoot('reads the file of a user in that user’s folder, as under sudo or in a container', async () => {
    expect(await readPrivateText(privateFile(ADA, ADA))).toBe('secret')
    expect(await readPrivateText(privateFile(0, ADA))).toBe('secret')
  })

  testAsRoot.each([
    ['in a folder of root', 0],
    ['in a folder of somebody else', ADA],
  ])('refuses the file of another user %s', async (_case, folderOwner) => {
    const error = await expectRejection('SECRETS_OWNER', readPrivateText(privateFile(EVE, folderOwner)))
    expect(error.message).toContain(`belongs to user ${EVE}, and bantam runs as user 0`)
  })

  testAsRoot('refuses a link to the file of another user, also if that user owns the file’s folder', async () => {
    const link = join(temporaryFolder(), 'home.secrets.yaml')
    symlinkSync(privateFile(EVE, EVE), link)
    await expectRejection('SECRETS_OWNER', readPrivateText(link))
  })
})

describe('a user', () => {
  const readAs = (user: number, file: string): string => {
    // Node's temporary folders are private.
    chmodSync(join(file, '../..'), 0o755)
    const module = fileURLToPath(new URL('../../dist/host/private-file.js', import.meta.url))
    const script = `
      import { readPrivateText } from ${JSON.stringify(module)}
      process.stdout.write(await readPrivateText(${JSON.stringify(file)}).catch((error) => error.code))`
    const words = ['--reuid', String(user), '--clear-groups', process.execPath, '--input-type=module', '--eval', script]
    return run('setpriv', words).output
  }

  testAsRoot('reads an own file in any folder', () => {
    expect(readAs(ADA, privateFile(ADA, ADA))).toBe('secret')
    expect(readAs(ADA, privateFile(ADA, 0))).toBe('secret')
    expect(readAs(ADA, privateFile(ADA, EVE))).toBe('secret')
  })

  testAsRoot('cannot read that of root', () => {
    expect(readAs(ADA, privateFile(0, ADA))).toBe('SECRETS_INVALID')
  })
})

testAsRoot(
  'a user who may read everything refuses the file of another, in whose folder it is, and takes that of root',
  () => {
    const readWithCapability = (file: string): string => {
      chmodSync(join(file, '../..'), 0o755)
      const module = fileURLToPath(new URL('../../dist/host/private-file.js', import.meta.url))
      const script = `
      import { readPrivateText } from ${JSON.stringify(module)}
      process.stdout.write(await readPrivateText(${JSON.stringify(file)}).catch((error) => error.code))`
      const capabilities = ['--inh-caps', '+dac_override', '--ambient-caps', '+dac_override']
      const words = ['--reuid', String(ADA), '--clear-groups', ...capabilities, process.execPath]
      return run('setpriv', [...words, '--input-type=module', '--eval', script]).output
    }
    expect(readWithCapability(privateFile(EVE, EVE))).toBe('SECRETS_OWNER')
    expect(readWithCapability(privateFile(0, ADA))).toBe('secret')
  },
)
