// @module-tag slow
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateX25519Identity } from 'age-encryption'
import { describe, expect, test } from 'vitest'
import { createPskDeriver } from '../../../src/render/derive-psk.ts'
import { bantamTyped } from '../../support/bantam-typed.ts'
import { errorOf, listFiles, project } from '../../support/cli-project.ts'
import { bantam } from '../../support/run-cli.ts'
import { testWith } from '../../support/validators.ts'

const wifi = (password: string): string => `name: home
network: {wifi: {ssid: barn, password: ${JSON.stringify(password)}, country: GB}}
nodes:
  - {name: server-1, profile: server}
  - {name: worker-1, profile: worker}
`
const SECRET = wifi('${secret:wifi.home}')
const HORSE = 'correct horse $1'

const secretsFile = (folder: string): string => readFileSync(join(folder, 'home.secrets.yaml'), 'utf8')
const set = (folder: string, stdin: string, env: NodeJS.ProcessEnv = {}, name = 'wifi.home') =>
  bantam(folder, ['secrets', 'set', name], env, { stdin })

/** Expects that no file of a rendered cluster holds the text. */
function expectNowhere(folder: string, text: string): void {
  for (const path of listFiles(join(folder, 'out'))) expect(readFileSync(path).includes(text), path).toBe(false)
}

describe('secrets set', () => {
  test('stores what comes through a pipe, which a render then uses; no output shows it', async () => {
    const folder = project(SECRET)
    const stored = await set(folder, `${HORSE}\n`)
    expect(stored.status, stored.stderr).toBe(0)
    expect(stored.stdout).toContain('${secret:wifi.home}')
    expect(secretsFile(folder)).toContain(`wifi.home: ${HORSE}`)
    const rendered = await bantam(folder, ['render', '--json'])
    expect(rendered.status, rendered.stdout).toBe(0)
    const key = readFileSync(
      join(folder, 'out/home.access/seeds/worker-1/root/etc/cloud/cloud.cfg.d/99_zz_bantam_network.cfg'),
      'utf8',
    )
    expect(key).toContain(createPskDeriver()('barn', HORSE))
    expectNowhere(folder, HORSE)
    for (const { stdout, stderr } of [stored, rendered, await bantam(folder, ['plan', '--json'])])
      expect(stdout + stderr).not.toContain('correct horse')
  })

  test('makes the file as the first build does, for its owner alone and hidden from git', async () => {
    const folder = project(SECRET)
    await set(folder, HORSE)
    expect(statSync(join(folder, 'home.secrets.yaml')).mode & 0o777).toBe(0o600)
    expect(readFileSync(join(folder, '.gitignore'), 'utf8')).toContain('*.secrets.yaml*')
    const token = /serverToken: (\S+)/.exec(secretsFile(folder))?.[1]
    expect((await bantam(folder, ['render'])).status).toBe(0)
    expect(/serverToken: (\S+)/.exec(secretsFile(folder))?.[1]).toBe(token)
  })

  test('replaces a value, and keeps everything else of the file', async () => {
    const folder = project(SECRET)
    await set(folder, HORSE)
    const before = secretsFile(folder)
    await set(folder, 'battery staple', {}, 'db')
    await set(folder, 'another horse')
    expect(secretsFile(folder)).toBe(`${before.replace(HORSE, 'another horse')}  db: battery staple\n`)
  })

  test('keeps an encrypted file encrypted', async () => {
    const folder = project(SECRET)
    const env = { BANTAM_AGE_KEY: await generateX25519Identity() }
    await set(folder, HORSE, env)
    expect((await bantam(folder, ['secrets', 'encrypt'], env)).status).toBe(0)
    expect((await set(folder, 'battery staple', env, 'db')).status).toBe(0)
    expect(secretsFile(folder)).toMatch(/^-----BEGIN AGE ENCRYPTED FILE-----/)
    expect((await bantam(folder, ['render'], env)).status).toBe(0)
    const validated = await bantam(folder, ['validate', '--json'])
    expect(validated.status).toBe(0)
    expect(JSON.parse(validated.stdout)).toMatchObject({ warnings: [{ code: 'SECRETS_KEY_MISSING', line: 2 }] })
    expect(errorOf((await bantam(folder, ['render', '--json'])).stdout).code).toBe('SECRETS_KEY_MISSING')
  })

  test.each([
    ['wifi home', HORSE, 'SECRETS_VALUE_NAME_INVALID'],
    ['wifi.home', '', 'SECRETS_VALUE_INVALID'],
    ['wifi.home', '\n', 'SECRETS_VALUE_INVALID'],
    ['wifi.home', 'correct\nhorse\n', 'SECRETS_VALUE_INVALID'],
  ])('refuses the name %j with the value %j: %s', async (name, stdin, code) => {
    const folder = project(SECRET)
    const { status, stdout } = await bantam(folder, ['secrets', 'set', name, '--json'], {}, { stdin })
    expect([status, errorOf(stdout).code]).toEqual([2, code])
    expect(existsSync(join(folder, 'home.secrets.yaml'))).toBe(false)
  })

  test.each([
    ['is not UTF-8', [Buffer.from('caf\xe9 au lait\n', 'latin1')], 'it is not UTF-8 text'],
    ['ends within a character', [Buffer.from('correct horse é').subarray(0, -1)], 'it is not UTF-8 text'],
    ['is too long', [Buffer.alloc(65_539, 'x')], 'it is larger than 65536 bytes'],
  ])('refuses a value that %s', async (_name, stdin, reason) => {
    const folder = project(SECRET)
    const { status, stdout } = await bantam(folder, ['secrets', 'set', 'wifi.home', '--json'], {}, { stdin })
    expect(status).toBe(2)
    const { code, message } = errorOf(stdout)
    expect(code).toBe('SECRETS_VALUE_INVALID')
    expect(message).toContain(reason)
    expect(existsSync(join(folder, 'home.secrets.yaml'))).toBe(false)
  })

  test('takes the longest value and its line break', async () => {
    const folder = project(SECRET)
    const stdin = [Buffer.alloc(65_536, 'x'), Buffer.from('\r\n')]
    expect((await bantam(folder, ['secrets', 'set', 'x'], {}, { stdin })).status).toBe(0)
    expect(secretsFile(folder)).toContain('x'.repeat(65_536))
  })

  test('stops reading a program that never ends', async () => {
    let pieces = 0
    const stdin = (function* () {
      for (;;) {
        // A test that fails must end, too.
        if (++pieces > 1000) return
        yield Buffer.alloc(4096, 'y\n')
      }
    })()
    const folder = project(SECRET)
    const { stdout } = await bantam(folder, ['secrets', 'set', 'wifi.home', '--json'], {}, { stdin })
    expect(errorOf(stdout).code).toBe('SECRETS_VALUE_INVALID')
    expect(pieces).toBeLessThan(60)
  })

  test('takes no value as an argument', async () => {
    const folder = project(SECRET)
    const { status } = await bantam(folder, ['secrets', 'set', 'wifi.home', HORSE])
    expect(status).toBe(2)
    expect(readdirSync(folder)).toEqual(['cluster.yaml'])
  })

  test('makes no file beside images that were built with another one', async () => {
    const folder = project(SECRET)
    await set(folder, HORSE)
    expect((await bantam(folder, ['render'])).status).toBe(0)
    mkdirSync(join(folder, 'out/home'), { recursive: true })
    writeFileSync(join(folder, 'out/home/worker-1.img.xz'), '')
    rmSync(join(folder, 'home.secrets.yaml'))
    const { stdout } = await bantam(folder, ['secrets', 'set', 'wifi.home', '--json'], {}, { stdin: HORSE })
    expect(errorOf(stdout).code).toBe('SECRETS_LOST')
    expect(existsSync(join(folder, 'home.secrets.yaml'))).toBe(false)
  })
})

testWith('script')('on a terminal, the value is asked for twice and not shown', async () => {
  const folder = project(SECRET)
  const answers = ['correct horse', 'another horse', '', 'battery staple', 'battery staple']
  const shown = await bantamTyped(folder, 'secrets set wifi.home', answers)
  expect(shown).toContain('Value of wifi.home: ')
  expect(shown).toContain('They differ.')
  expect(shown).not.toMatch(/horse|staple/)
  expect(secretsFile(folder)).toContain('wifi.home: battery staple')
})

test('secrets show lists names of values, and unset removes one', async () => {
  const folder = project(SECRET)
  await set(folder, HORSE)
  const shown = await bantam(folder, ['secrets', 'show'])
  expect(shown.stdout).toMatch(/wifi\.home\s+does not expire\s+your value/)
  expect(shown.stdout).not.toContain('horse')
  const unknown = await bantam(folder, ['secrets', 'unset', 'wifi.barn', '--json'])
  expect(errorOf(unknown.stdout)).toMatchObject({ code: 'SECRETS_VALUE_UNKNOWN' })
  expect((await bantam(folder, ['secrets', 'unset', 'wifi.home'])).status).toBe(0)
  expect(secretsFile(folder)).not.toMatch(/horse|values:/)
  const { stdout } = await bantam(folder, ['render', '--json'])
  expect(errorOf(stdout).problems).toMatchObject([{ code: 'REFERENCE_SECRET_UNSET' }])
  const none = project(SECRET)
  expect(errorOf((await bantam(none, ['secrets', 'unset', 'a', '--json'])).stdout).code).toBe('SECRETS_MISSING')
})

describe('a variable of the environment', () => {
  const cluster = wifi('${env:WIFI_PASSWORD}')

  test('is used by a render', async () => {
    const folder = project(cluster)
    expect((await bantam(folder, ['render'], { WIFI_PASSWORD: HORSE })).status).toBe(0)
    const path = 'out/home.access/seeds/server-1/root/etc/cloud/cloud.cfg.d/99_zz_bantam_network.cfg'
    expect(readFileSync(join(folder, path), 'utf8')).toContain(createPskDeriver()('barn', HORSE))
    expectNowhere(folder, HORSE)
  })

  test('that is not set ends a render before it makes anything', async () => {
    const folder = project(cluster)
    const { status, stdout } = await bantam(folder, ['render', '--json'])
    expect([status, errorOf(stdout).code]).toEqual([2, 'CLUSTER_INVALID'])
    expect(errorOf(stdout).problems).toMatchObject([
      { code: 'REFERENCE_VARIABLE_UNSET', file: join(folder, 'cluster.yaml'), line: 2, column: 40 },
    ])
    expect(readdirSync(folder)).toEqual(['cluster.yaml'])
  })

  test('is not needed by a plan, is warned of by validate, and is checked there when it is set', async () => {
    const folder = project(cluster)
    const plan = await bantam(folder, ['plan'])
    expect([plan.status, plan.stderr]).toEqual([0, ''])
    const validated = await bantam(folder, ['validate'])
    expect(validated.status).toBe(0)
    expect(validated.stderr).toContain('cluster.yaml:2:40: warning REFERENCE_VARIABLE_UNSET: ')
    expect((await bantam(folder, ['validate'], { WIFI_PASSWORD: HORSE })).stderr).toBe('')
    const short = await bantam(folder, ['validate'], { WIFI_PASSWORD: 'horse' })
    expect(short.status).toBe(2)
    expect(short.stderr).toContain('REFERENCE_VALUE_INVALID')
    expect(short.stderr).not.toContain('horse')
  })

  test('is not needed to rotate a secret', async () => {
    const folder = project(cluster)
    expect((await bantam(folder, ['render'], { WIFI_PASSWORD: HORSE })).status).toBe(0)
    const { status, stdout } = await bantam(folder, ['secrets', 'rotate', 'agent-token', '--json'])
    expect(status, stdout).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ changedNodes: ['server-1', 'worker-1'] })
  })
})

describe('build-image --no-secrets', () => {
  const build = (folder: string, env: NodeJS.ProcessEnv = {}) =>
    bantam(folder, ['build-image', '--no-secrets', '--base', 'nowhere.img', '--json'], env)

  test.each([
    ['as it is', `echo '${HORSE}'`],
    ['quoted', 'echo "correct horse \\$1"'],
  ])('refuses a value from outside in a command, %s, before it looks for a base image', async (_name, command) => {
    const folder = project(`${SECRET}commands: [${JSON.stringify(command)}]\n`)
    await set(folder, HORSE)
    const { status, stdout } = await build(folder)
    const { code, problems } = errorOf(stdout)
    expect([status, code]).toEqual([2, 'CLUSTER_INVALID'])
    expect(problems).toMatchObject([{ code: 'SEED_HOLDS_SECRET', line: 6, column: 12 }])
    expect(problems[0]).toMatchObject({ message: expect.stringContaining('password of the Wi-Fi') as string })
    expect(stdout).not.toContain('correct horse')
    expect(existsSync(join(folder, 'out'))).toBe(false)
  })

  test('refuses a token of the secrets file in a file, and the same build with secrets goes on', async () => {
    const folder = project(wifi(HORSE))
    expect((await bantam(folder, ['render'])).status).toBe(0)
    const token = /agentToken: (\S+)/.exec(secretsFile(folder))?.[1] ?? expect.fail('no token')
    writeFileSync(join(folder, 'note.txt'), `a\n${Buffer.from(`x ${token}`).toString('base64')}\n`)
    writeFileSync(join(folder, 'cluster.yaml'), `${wifi(HORSE)}files: [{path: /etc/note, source: note.txt}]\n`)
    const [problem] = errorOf((await build(folder)).stdout).problems
    expect(problem).toMatchObject({ code: 'SEED_HOLDS_SECRET', line: 6 })
    expect(JSON.stringify(problem)).toContain('The file /etc/note, line 2, holds agent-token')
    const withSecrets = await bantam(folder, ['build-image', '--base', 'nowhere.img', '--json'])
    expect(errorOf(withSecrets.stdout).code).not.toBe('CLUSTER_INVALID')
  })

  test('the value of a reference that is only part of a text counts as secret', async () => {
    const folder = project(
      `name: home\nk3s: {datastore: 'postgres://k3s:\${env:DB}@db.lan/k3s'}\nnodes: [{name: server-1, profile: server}]\ncommands: ["psql x:battery-staple"]\n`,
    )
    // The first build of a cluster looks for its base image before it makes secrets.
    expect((await bantam(folder, ['render'], { DB: 'battery-staple' })).status).toBe(0)
    const { stdout } = await build(folder, { DB: 'battery-staple' })
    expect(errorOf(stdout).problems).toMatchObject([{ code: 'SEED_HOLDS_SECRET', line: 4 }])
    expect(stdout).not.toContain('battery-staple')
  })
})
