// @module-tag slow
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { describe, expect, test } from 'vitest'
import { CLUSTER, errorOf, project, rendered } from '../support/cli-project.ts'
import { bantam, cliPath } from '../support/run-cli.ts'
import { testWith } from '../support/validators.ts'

const secretsFile = (folder: string): string => readFileSync(join(folder, 'home.secrets.yaml'), 'utf8')
const valueOf = (folder: string, key: string): string =>
  new RegExp(`${key}: (\\S+)`).exec(secretsFile(folder))?.[1] ?? expect.fail(`no ${key}`)

async function rotate(
  folder: string,
  ...parameters: readonly string[]
): Promise<{ readonly changedNodes: readonly string[] }> {
  const { status, stdout, stderr } = await bantam(folder, ['secrets', 'rotate', ...parameters, '--json'])
  expect(status, stdout + stderr).toBe(0)
  return JSON.parse(stdout) as { changedNodes: string[] }
}

/** Runs a command in a separate terminal and types an answer to each question. Returns the text of the terminal. */
async function bantamTyped(folder: string, words: string, answers: readonly string[]): Promise<string> {
  const child = spawn('script', ['-qec', `${process.execPath} ${cliPath} ${words}`, '/dev/null'], {
    cwd: folder,
    env: { ...process.env, HOME: folder },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const left = [...answers]
  let shown = ''
  child.stdout.on('data', (bytes: Buffer) => {
    shown += bytes.toString()
    if (shown.endsWith(': ')) child.stdin.write(`${left.shift() ?? ''}\r`)
  })
  await new Promise((resolve) => child.on('close', resolve))
  return shown
}

describe('secrets show', () => {
  test('lists what there is and when it expires, and no value', async () => {
    const folder = await rendered()
    const { status, stdout } = await bantam(folder, ['secrets', 'show'])
    expect(status).toBe(0)
    for (const name of ['server-token', 'agent-token', 'root-ca', 'break-glass', 'worker-1 host key'])
      expect(stdout).toContain(name)
    for (const key of ['serverToken', 'agentToken', 'password']) expect(stdout).not.toContain(valueOf(folder, key))
    expect(stdout).not.toContain('PRIVATE KEY')
  })

  test('reports a missing file, and makes none', async () => {
    const folder = project()
    const { status, stdout } = await bantam(folder, ['secrets', 'show', '--json'])
    expect([status, errorOf(stdout).code]).toEqual([2, 'SECRETS_MISSING'])
    expect((await bantam(folder, ['secrets', 'show'])).status).toBe(2)
  })
})

test('a lost secrets file is not made again beside images that were built with it', async () => {
  const folder = await rendered()
  rmSync(join(folder, 'out/home.access'), { recursive: true })
  mkdirSync(join(folder, 'out/home'))
  writeFileSync(join(folder, 'out/home/worker-1.img.xz'), '')
  renameSync(join(folder, 'home.secrets.yaml'), join(folder, 'backup.yaml'))
  const { status, stdout } = await bantam(folder, ['render', '--json'])
  expect([status, errorOf(stdout).code]).toEqual([2, 'SECRETS_LOST'])
  expect(existsSync(join(folder, 'home.secrets.yaml'))).toBe(false)
  renameSync(join(folder, 'backup.yaml'), join(folder, 'home.secrets.yaml'))
  expect((await bantam(folder, ['render'])).status).toBe(0)
})

test.each(['kubeconfig', 'id_ed25519.previous', 'worker-1.secrets.tar', 'seeds', '.root-ca.sha256'])(
  'a lost secrets file is not made again beside %s, which was made with it',
  async (name) => {
    const folder = project()
    mkdirSync(join(folder, 'out/home.access'), { recursive: true })
    writeFileSync(join(folder, 'out/home.access', name), '')
    const { status, stdout } = await bantam(folder, ['render', '--json'])
    expect([status, errorOf(stdout).code]).toEqual([2, 'SECRETS_LOST'])
    expect(errorOf(stdout).message).toContain(`out/home.access holds ${name}`)
    expect(existsSync(join(folder, 'home.secrets.yaml'))).toBe(false)
  },
)

test.skipIf(process.platform === 'win32')(
  'a secrets file on a disk that is not mounted is missed by that name, with images and without',
  async () => {
    const folder = await rendered()
    renameSync(join(folder, 'home.secrets.yaml'), join(folder, 'moved.yaml'))
    symlinkSync('vault/home.secrets.yaml', join(folder, 'home.secrets.yaml'))
    const codeOf = async (): Promise<unknown> => errorOf((await bantam(folder, ['render', '--json'])).stdout).code
    expect(await codeOf()).toBe('SECRETS_LINK_BROKEN')
    mkdirSync(join(folder, 'out/home'))
    writeFileSync(join(folder, 'out/home/worker-1.img.xz'), '')
    expect(await codeOf()).toBe('SECRETS_LINK_BROKEN')
    mkdirSync(join(folder, 'vault'))
    renameSync(join(folder, 'moved.yaml'), join(folder, 'vault/home.secrets.yaml'))
    expect((await bantam(folder, ['render'])).status).toBe(0)
  },
)

describe('secrets rotate', () => {
  test.each<[string, string, readonly string[]]>([
    ['agent-token', CLUSTER, ['server-1', 'worker-1', 'worker-2']],
    // Agents with separate tokens do not hold it.
    ['agent-token', `join: {tokenLifetime: 24h}\n${CLUSTER}`, ['server-1']],
    ['server-token', CLUSTER, ['server-1']],
    ['join-tokens', `join: {tokenLifetime: 24h}\n${CLUSTER}`, ['server-1', 'worker-1', 'worker-2']],
    ['host-keys', CLUSTER, ['server-1', 'worker-1', 'worker-2']],
    ['admin-key', CLUSTER, ['server-1', 'worker-1', 'worker-2']],
  ])('%s changes the images that hold it and no others', async (which, clusterText, nodes) => {
    const folder = await rendered(clusterText)
    const idOf = (node: string): string =>
      readFileSync(join(folder, `out/home.access/seeds/${node}/boot/meta-data`), 'utf8')
    const all = ['server-1', 'worker-1', 'worker-2']
    const before = all.map(idOf)
    expect((await rotate(folder, which)).changedNodes).toEqual(nodes)
    expect((await bantam(folder, ['render'])).status).toBe(0)
    expect(all.filter((node, index) => idOf(node) !== before[index])).toEqual(nodes)
  })

  test('of one node leaves the others alone', async () => {
    const folder = await rendered()
    expect((await rotate(folder, 'host-keys', '--node', 'worker-2')).changedNodes).toEqual(['worker-2'])
  })

  test('prints the steps for a running cluster, without the value', async () => {
    const folder = await rendered()
    const old = valueOf(folder, 'serverToken')
    const { stdout } = await bantam(folder, ['secrets', 'rotate', 'server-token'])
    expect(stdout).toContain('k3s token rotate')
    expect(valueOf(folder, 'serverToken')).not.toBe(old)
    for (const secret of [old, valueOf(folder, 'serverToken')]) expect(stdout).not.toContain(secret)
  })

  test('refuses what it does not know', async () => {
    const { status, stdout } = await bantam(project(), ['secrets', 'rotate', 'everything', '--json'])
    expect([status, errorOf(stdout).code]).toEqual([2, 'USAGE_OPTION_INVALID'])
  })
})

describe('secrets encrypt', () => {
  test('for a key of age: every command then needs it, and decrypt undoes it', async () => {
    const folder = await rendered()
    const plain = secretsFile(folder)
    writeFileSync(join(folder, 'key.txt'), `# created: today\n${await generateX25519Identity()}\n`)
    const key = { BANTAM_AGE_KEY_FILE: 'key.txt' }
    expect((await bantam(folder, ['secrets', 'encrypt'], key)).status).toBe(0)
    expect(secretsFile(folder)).toMatch(/^-----BEGIN AGE ENCRYPTED FILE-----/)
    const refused = await bantam(folder, ['render', '--json'])
    expect([refused.status, errorOf(refused.stdout).code]).toEqual([2, 'SECRETS_KEY_MISSING'])
    expect((await bantam(folder, ['render'], key)).status).toBe(0)
    expect(
      (await bantam(folder, ['render'], { BANTAM_AGE_KEY: readFileSync(join(folder, 'key.txt'), 'utf8') })).status,
    ).toBe(0)
    expect((await bantam(folder, ['secrets', 'decrypt'], key)).status).toBe(0)
    expect(secretsFile(folder)).toBe(plain)
  })

  testWith('script')('for a passphrase that is asked for on a terminal, twice where it is new', async () => {
    const folder = await rendered()
    const plain = secretsFile(folder)
    const encrypted = await bantamTyped(folder, 'secrets encrypt', [
      'open sesame',
      'open sesami',
      'open sesame',
      'open sesame',
    ])
    expect(encrypted).toContain('They differ.')
    expect(encrypted).toContain('Encrypted home.secrets.yaml')
    expect(encrypted).not.toContain('sesam')
    expect(secretsFile(folder)).toMatch(/^-----BEGIN AGE ENCRYPTED FILE-----/)
    expect((await bantam(folder, ['render'], { BANTAM_AGE_PASSPHRASE: 'open sesame' })).status).toBe(0)
    const refused = await bantamTyped(folder, 'secrets decrypt', ['wrong', 'wrong again', 'once more'])
    expect(refused).toMatch(/cannot\s+be\s+opened/)
    expect(refused.match(/That passphrase does not open the file/g)).toHaveLength(2)
    expect(await bantamTyped(folder, 'secrets decrypt', ['opne sesame', 'open sesame'])).toContain(
      'Decrypted home.secrets.yaml',
    )
    expect(secretsFile(folder)).toBe(plain)
  })

  testWith('script')(
    'for another passphrase than before, once the old one has opened it',
    async () => {
      const folder = await rendered()
      const plain = secretsFile(folder)
      expect(await bantamTyped(folder, 'secrets encrypt', ['first', 'first'])).toContain('Encrypted home.secrets.yaml')
      const text = secretsFile(folder)
      const refused = await bantamTyped(folder, 'secrets encrypt', ['wrong', 'wrong', 'wrong'])
      expect(refused).toMatch(/cannot\s+be\s+opened/)
      expect(refused).not.toContain('New passphrase')
      expect(secretsFile(folder)).toBe(text)
      expect(await bantamTyped(folder, 'secrets encrypt', ['first', 'second', 'second'])).toContain(
        'Encrypted home.secrets.yaml',
      )
      const old = await bantam(folder, ['secrets', 'show', '--json'], { BANTAM_AGE_PASSPHRASE: 'first' })
      expect([old.status, errorOf(old.stdout).code]).toEqual([2, 'SECRETS_KEY_WRONG'])
      expect((await bantam(folder, ['secrets', 'decrypt'], { BANTAM_AGE_PASSPHRASE: 'second' })).status).toBe(0)
      expect(secretsFile(folder)).toBe(plain)
    },
    120_000,
  )

  testWith('script')(
    'for a passphrase, builds that complete it ask for that once',
    async () => {
      const folder = await rendered()
      expect(await bantamTyped(folder, 'secrets encrypt', ['first', 'first'])).toContain('Encrypted home.secrets.yaml')
      writeFileSync(join(folder, 'cluster.yaml'), `${CLUSTER}  - {name: worker-3, profile: worker}\n`)
      const shown = await bantamTyped(folder, 'render', ['first'])
      expect(shown.match(/assphrase of the secrets file/g)).toHaveLength(1)
      expect((await bantam(folder, ['secrets', 'show'], { BANTAM_AGE_PASSPHRASE: 'first' })).stdout).toContain(
        'worker-3 host key',
      )
    },
    120_000,
  )

  test('for other recipients and oneself, never only for others', async () => {
    const folder = await rendered()
    const [own, other] = [await generateX25519Identity(), await generateX25519Identity()]
    const recipient = await identityToRecipient(other)
    const codeWith = async (env: NodeJS.ProcessEnv, to: string): Promise<unknown> =>
      errorOf((await bantam(folder, ['secrets', 'encrypt', '--recipient', to, '--json'], env)).stdout).code
    expect(await codeWith({}, recipient)).toBe('AGE_OWN_KEY_MISSING')
    expect(await codeWith({ BANTAM_AGE_KEY: own }, `${recipient.slice(0, -1)}b`)).toBe('AGE_RECIPIENT_INVALID')
    expect(secretsFile(folder)).toContain('serverToken: ')
    expect(
      (await bantam(folder, ['secrets', 'encrypt', '--recipient', recipient], { BANTAM_AGE_KEY: own })).status,
    ).toBe(0)
    for (const identity of [own, other])
      expect((await bantam(folder, ['render'], { BANTAM_AGE_KEY: identity })).status).toBe(0)
    // Completed by one of them, it stays readable for both.
    writeFileSync(
      join(folder, 'cluster.yaml'),
      CLUSTER.replace('worker-[1-2]', 'worker-[1-3]').replace('[21-22]', '[21-23]'),
    )
    for (const identity of [other, own])
      expect((await bantam(folder, ['render'], { BANTAM_AGE_KEY: identity })).status).toBe(0)
  })

  test('reports a missing key of the user, and refuses a text that is no key', async () => {
    const folder = await rendered()
    const codeWith = async (env: NodeJS.ProcessEnv): Promise<unknown> =>
      errorOf((await bantam(folder, ['secrets', 'encrypt', '--json'], env)).stdout).code
    expect(await codeWith({})).toBe('AGE_RECIPIENT_MISSING')
    expect(await codeWith({ BANTAM_AGE_KEY: 'nonsense' })).toBe('AGE_KEY_INVALID')
    expect(await codeWith({ BANTAM_AGE_KEY_FILE: 'gone.txt' })).toBe('AGE_KEY_UNREADABLE')
    expect(secretsFile(folder)).toContain('serverToken: ')
  })
})
