import { join } from 'node:path'
import { expect, test } from 'vitest'
import { cacheFolderOf, commandOf, secretsKeysOf, sourceDateOf } from '../../src/machine/environment.ts'
import { thisMachine } from '../../src/machine/machine.ts'
import { expectCode } from '../support/expect-code.ts'

test.each([
  ['linux', {}, ['.cache', 'bantam']],
  ['darwin', {}, ['Library', 'Caches', 'bantam']],
  ['win32', {}, ['AppData', 'Local', 'bantam', 'cache']],
] as const)('on %s the cache is below the home folder', (platform, env, path) => {
  expect(cacheFolderOf({ env, homeFolder: '/home/ada', platform })).toBe(join('/home/ada', ...path))
})

test('BANTAM_CACHE wins over XDG_CACHE_HOME, and both over the home folder', () => {
  const machine = { homeFolder: '/home/ada', platform: 'linux' } as const
  const env = { BANTAM_CACHE: '/mine', XDG_CACHE_HOME: '/xdg' }
  expect(cacheFolderOf({ ...machine, env })).toBe('/mine')
  expect(cacheFolderOf({ ...machine, env: { ...env, BANTAM_CACHE: '' } })).toBe(join('/xdg', 'bantam'))
})

test('on Windows, LOCALAPPDATA names the folder, also without a home folder', () => {
  const machine = { homeFolder: null, platform: 'win32' } as const
  expect(cacheFolderOf({ ...machine, env: { LOCALAPPDATA: '/local' } })).toBe(join('/local', 'bantam', 'cache'))
})

test('a user without a home folder must name the cache folder', () => {
  const machine = { homeFolder: null, platform: 'linux' } as const
  expectCode('CACHE_HOME_UNKNOWN', () => cacheFolderOf({ ...machine, env: {} }))
  expect(cacheFolderOf({ ...machine, env: { BANTAM_CACHE: '/mine' } })).toBe('/mine')
})

test('takes age identities line by line, and nothing for an empty variable', () => {
  expect(secretsKeysOf({ BANTAM_AGE_KEY: '# mine\r\nAGE-1\n\n AGE-2 \n', BANTAM_AGE_PASSPHRASE: '' }, '/')).toEqual({
    identities: ['AGE-1', 'AGE-2'],
    passphrase: null,
    askPassphrase: null,
  })
})

test('names a key file that is missing', () => {
  expectCode('AGE_KEY_UNREADABLE', () => secretsKeysOf({ BANTAM_AGE_KEY_FILE: 'gone.txt' }, '/nowhere'))
})

test('SOURCE_DATE_EPOCH counts seconds', () => {
  expect(sourceDateOf({ SOURCE_DATE_EPOCH: '1790000000' })).toEqual(new Date(1_790_000_000_000))
  expect([sourceDateOf({}), sourceDateOf({ SOURCE_DATE_EPOCH: '' })]).toEqual([null, null])
  expectCode('USAGE_SOURCE_DATE_INVALID', () => sourceDateOf({ SOURCE_DATE_EPOCH: '1.5' }))
})

test.each([
  [{ npm_command: 'exec' }, 'npx bantam-k3s'],
  [{ npm_command: 'run' }, 'npm run bantam --'],
  [{ npm_command: 'run-script' }, 'npm run bantam --'],
  [{}, 'bantam'],
])('a user with %j calls it as %s', (env, command) => {
  expect(commandOf(env)).toBe(command)
})

test('this machine has a folder, a core and a Node.js', () => {
  const machine = thisMachine()
  expect(machine.workingFolder).toBe(process.cwd())
  expect(machine.coreCount).toBeGreaterThan(0)
  expect(machine.nodeProgram).toBe(process.execPath)
})
