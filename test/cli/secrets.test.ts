// @module-tag slow
import { spawn } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { describe, expect, test } from 'vitest'
import { CLUSTER, errorOf, project } from '../support/cli-project.ts'
import { bantam, bantamProcess, cliPath } from '../support/run-cli.ts'
import { smallImage, testWithImages } from '../support/small-image.ts'
import { debugfs, expectSound, readWithMtools, volumesOf } from '../support/validate-image.ts'
import { run, testWith } from '../support/validators.ts'

const secretsFile = (folder: string): string => readFileSync(join(folder, 'home.secrets.yaml'), 'utf8')
const valueOf = (folder: string, key: string): string =>
  new RegExp(`${key}: (\\S+)`).exec(secretsFile(folder))?.[1] ?? expect.fail(`no ${key}`)

/** A project whose secrets have been made by a render. */
async function rendered(clusterText = CLUSTER): Promise<string> {
  const folder = project(clusterText)
  const { status, stderr } = await bantam(folder, ['render'])
  expect(status, stderr).toBe(0)
  return folder
}

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
  writeFileSync(join(folder, 'out/home/worker-1.img.xz'), '')
  renameSync(join(folder, 'home.secrets.yaml'), join(folder, 'backup.yaml'))
  const { status, stdout } = await bantam(folder, ['render', '--json'])
  expect([status, errorOf(stdout).code]).toEqual([2, 'SECRETS_LOST'])
  expect(existsSync(join(folder, 'home.secrets.yaml'))).toBe(false)
  renameSync(join(folder, 'backup.yaml'), join(folder, 'home.secrets.yaml'))
  expect((await bantam(folder, ['render'])).status).toBe(0)
})

test.skipIf(process.platform === 'win32')(
  'a secrets file on a disk that is not mounted is missed by that name, with images and without',
  async () => {
    const folder = await rendered()
    renameSync(join(folder, 'home.secrets.yaml'), join(folder, 'moved.yaml'))
    symlinkSync('vault/home.secrets.yaml', join(folder, 'home.secrets.yaml'))
    const codeOf = async (): Promise<unknown> => errorOf((await bantam(folder, ['render', '--json'])).stdout).code
    expect(await codeOf()).toBe('SECRETS_LINK_BROKEN')
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
    const idOf = (node: string): string => readFileSync(join(folder, `out/home/seeds/${node}/boot/meta-data`), 'utf8')
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

describe('kubeconfig', () => {
  testWith('openssl')('holds a client certificate of the cluster, and is renewed on request', async () => {
    const folder = await rendered()
    const clientOf = (path: string): string => {
      const certificate =
        /client-certificate-data: (\S+)/.exec(readFileSync(join(folder, path), 'utf8'))?.[1] ??
        expect.fail('no certificate')
      return run('openssl', ['x509', '-noout', '-subject', '-serial'], { input: Buffer.from(certificate, 'base64') })
        .output
    }
    expect((await bantam(folder, ['kubeconfig'])).status).toBe(0)
    const first = clientOf('out/home/kubeconfig')
    expect(first).toContain('subject=O = home:admins, CN = bantam')
    expect(statSync(join(folder, 'out/home/kubeconfig')).mode & 0o777).toBe(0o600)
    expect(readFileSync(join(folder, 'out/home/kubeconfig'), 'utf8')).toContain('server: "https://192.168.1.10:6443"')
    expect((await bantam(folder, ['kubeconfig'])).status).toBe(0)
    expect(clientOf('out/home/kubeconfig')).not.toBe(first)
    expect((await bantam(folder, ['kubeconfig', '--break-glass'])).status).toBe(0)
    expect(clientOf('out/home/kubeconfig.break-glass')).toContain('subject=O = system:masters')
  })

  test('is none without a server', async () => {
    const folder = project('name: home\nnodes: [{name: cam-1, profile: plain}]\n')
    mkdirSync(join(folder, 'profiles'))
    writeFileSync(join(folder, 'profiles/plain.yaml'), 'role: none\n')
    await bantam(folder, ['render'])
    const { status, stdout } = await bantam(folder, ['kubeconfig', '--json'])
    expect([status, errorOf(stdout).code]).toEqual([2, 'ACCESS_SERVER_MISSING'])
  })
})

describe('ssh', () => {
  testWith(
    'ssh',
    'ssh-keygen',
    'debugfs',
    'mcopy',
    'mkfs.fat',
  )('knows every node by its settings, and the key that its image holds', async () => {
    const folder = project()
    const built = await bantam(folder, [
      'build-image',
      '--format',
      'img',
      '--node',
      'worker-1',
      '--base',
      smallImage('raspios', folder),
    ])
    expect(built.status, built.stderr).toBe(0)
    expect(built.stdout).toContain('ssh -F out/home/ssh_config worker-1')
    const settings = run('ssh', ['-G', '-F', 'out/home/ssh_config', 'worker-1'], { cwd: folder }).output.split('\n')
    expect(settings).toEqual(
      expect.arrayContaining([
        'user bantam',
        'hostkeyalias worker-1',
        'stricthostkeychecking true',
        `userknownhostsfile ${join(folder, 'out/home/known_hosts')}`,
        `identityfile ${join(folder, 'out/home/id_ed25519')}`,
      ]),
    )
    const known = run('ssh-keygen', ['-F', 'worker-1', '-f', 'out/home/known_hosts'], { cwd: folder }).output
    writeFileSync(
      join(folder, 'host_key'),
      debugfs(join(folder, 'out/home/worker-1.img'), 'cat /etc/ssh/ssh_host_ed25519_key'),
      { mode: 0o600 },
    )
    const publicKey = run('ssh-keygen', ['-y', '-f', join(folder, 'host_key')]).output.split(' ')[1] ?? ''
    expect(known).toContain(publicKey)
    expect(debugfs(join(folder, 'out/home/worker-1.img'), 'stat /etc/ssh/ssh_host_ed25519_key')).toMatch(/Mode: +0600/)
  })
})

describe('inspect --secrets', () => {
  testWithImages('finds what an image holds, raw and compressed, and says so with exit code 1', async () => {
    const folder = project()
    const base = smallImage('raspios', folder)
    await bantam(folder, ['build-image', '--format', 'img', '--node', 'worker-1', '--base', base])
    const image = join(folder, 'out/home/worker-1.img')
    run('xz', ['-k', '-0', image])
    for (const path of [image, `${image}.xz`]) {
      const { status, stdout } = await bantam(folder, ['inspect', '--secrets', path, '--json'])
      const { code, message } = errorOf(stdout) as { code: string; message: string }
      expect([status, code]).toEqual([1, 'IMAGE_SECRETS_FOUND'])
      for (const name of ['agent-token', 'worker-1 host key', 'worker-1 password'])
        expect(message).toMatch(new RegExp(`${name} at byte \\d+ \\(root\\)`))
      for (const name of ['server-token', 'admin-key', 'key of', 'service key', 'break-glass', 'server-1', 'worker-2'])
        expect(message).not.toContain(name)
      for (const key of ['agentToken', 'password']) expect(message).not.toContain(valueOf(folder, key))
    }
    const clean = await bantam(folder, ['inspect', '--secrets', base])
    expect([clean.status, clean.stdout]).toEqual([0, `${base} holds no secret of the cluster.\n`])
  })

  testWithImages(
    'finds a secret in a deleted file of the boot partition, in slack, and between partitions',
    async () => {
      const folder = await rendered()
      const base = smallImage('raspios', folder)
      const token = valueOf(folder, 'serverToken')
      const find = async (image: string): Promise<string> =>
        (errorOf((await bantam(folder, ['inspect', '--secrets', image, '--json'])).stdout) as { message: string })
          .message
      const { boot } = volumesOf(base)

      const deleted = join(folder, 'deleted.img')
      copyFileSync(base, deleted)
      writeFileSync(join(folder, 'note.txt'), `remember ${token}\n`)
      expect(run('mcopy', ['-i', `${deleted}@@${boot.byteStart}`, join(folder, 'note.txt'), '::note.txt']).status).toBe(
        0,
      )
      expect(run('mdel', ['-i', `${deleted}@@${boot.byteStart}`, '::note.txt']).status).toBe(0)
      expect(run('mdir', ['-i', `${deleted}@@${boot.byteStart}`, '::']).output).not.toContain('note')
      expect(await find(deleted)).toMatch(/server-token at byte \d+ \(boot\)/)

      const between = join(folder, 'between.img')
      const bytes = readFileSync(base)
      bytes.write(token, boot.byteStart - 100)
      writeFileSync(between, bytes)
      expect(await find(between)).toMatch(/server-token at byte \d+ \(outside of both partitions\)/)
      rmSync(deleted)
    },
  )
})

describe('build-image --no-secrets', () => {
  testWithImages('writes images without secrets, and each node\u2019s secrets to a separate file', async () => {
    const folder = project()
    const base = smallImage('raspios', folder)
    const built = await bantam(folder, ['build-image', '--no-secrets', '--format', 'img', '--base', base])
    expect(built.status, built.stderr).toBe(0)
    for (const node of ['server-1', 'worker-1', 'worker-2']) {
      const image = join(folder, `out/home/${node}.img`)
      const { status, stdout } = await bantam(folder, ['inspect', '--secrets', image])
      expect(status, stdout).toBe(0)
      expectSound(image)
      expect(debugfs(image, 'stat /etc/systemd/system/sysinit.target.wants/bantam-import-secrets.service')).toContain(
        'Type: symlink',
      )
      expect(built.stdout).toContain(`out/home/${node}.secrets.tar  secrets of the node`)
      const bundle = join(folder, `out/home/${node}.secrets.tar`)
      expect(statSync(bundle).mode & 0o777).toBe(0o600)
      const listed = run('tar', ['-tvf', bundle])
        .output.split('\n')
        .filter((line) => line !== '')
      for (const line of listed) expect(line).toMatch(/^-rw[x-]------ 0\/0 /)
      const names = listed.map((line) => line.split(/\s+/).at(-1))
      expect(names[0]).toBe('SHA256SUMS')
      expect(names).toEqual(
        expect.arrayContaining([
          'common/etc/rancher/k3s/config.yaml',
          'common/etc/rancher/node/password',
          'nocloud/etc/ssh/ssh_host_ed25519_key',
          'firstrun/usr/lib/bantam/ssh_host_ed25519_key',
          'firstrun/usr/lib/bantam/provision',
        ]),
      )
      expect(names.includes('common/var/lib/rancher/k3s/server/tls/server-ca.key')).toBe(node === 'server-1')
    }
    // With its secrets, an image is another one.
    const ids: string[] = []
    for (const option of ['--no-secrets', '--verify']) {
      const parameters = ['build-image', option, '--format', 'img', '--node', 'worker-1', '--base', base]
      expect((await bantam(folder, parameters)).status).toBe(0)
      ids.push(readWithMtools(join(folder, 'out/home/worker-1.img'), 'meta-data'))
    }
    expect(ids[0]).not.toBe(ids[1])
  })

  testWithImages('the detached secrets include the key of a Wi-Fi network and the hash of a password', async () => {
    const folder = project(
      'name: home\nadmin: {password: "open sesame"}\nnodes:\n  - {name: server-1, profile: server, network: {wifi: {ssid: x, password: correct horse, country: GB}}}\n',
    )
    const built = await bantam(folder, [
      'build-image',
      '--no-secrets',
      '--format',
      'img',
      '--base',
      smallImage('raspios', folder),
    ])
    expect(built.status, built.stderr).toBe(0)
    const bundle = join(folder, 'out/home/server-1.secrets.tar')
    const bundled = (path: string): string => run('tar', ['-xOf', bundle, path]).output
    const key =
      /password: "?([0-9a-f]{64})/.exec(bundled('nocloud/etc/cloud/cloud.cfg.d/99_zz_bantam_network.cfg'))?.[1] ??
      expect.fail('no key')
    const hash = bundled('common/etc/bantam/admin-password').trim().split(':')[1] ?? expect.fail('no hash')
    const image = readFileSync(join(folder, 'out/home/server-1.img'))
    for (const secret of [key, hash, 'correct horse', 'open sesame']) expect(image.includes(secret)).toBe(false)
    expect(readFileSync(bundle).includes('open sesame')).toBe(false)
    // crypt(3) itself finds the password behind the hash.
    expect(
      run('openssl', ['passwd', '-6', '-salt', hash.split('$').slice(2, 4).join('$'), 'open sesame']).output.trim(),
    ).toBe(hash)
  })
})

describe('two builds', () => {
  testWithImages('at once, of different nodes, share one identity', async () => {
    const folder = project()
    const base = smallImage('raspios', folder)
    const builds = await Promise.all(
      ['server-1', 'worker-1', 'worker-2'].map((node) =>
        bantamProcess(folder, ['build-image', '--format', 'img', '--node', node, '--base', base]),
      ),
    )
    for (const { status, stderr } of builds) expect(status, stderr).toBe(0)
    const tokenOf = (node: string): string =>
      /token: "?K10([0-9a-f]{64})::/.exec(
        debugfs(join(folder, `out/home/${node}.img`), 'cat /etc/rancher/k3s/config.yaml'),
      )?.[1] ?? expect.fail(`no token in ${node}`)
    expect(new Set(['server-1', 'worker-1', 'worker-2'].map(tokenOf)).size).toBe(1)
    const root =
      debugfs(join(folder, 'out/home/server-1.img'), 'cat /var/lib/rancher/k3s/server/tls/server-ca.crt')
        .match(/-----BEGIN[^]+?END CERTIFICATE-----\n/g)
        ?.at(-1) ?? ''
    expect(
      run('openssl', ['x509', '-noout', '-fingerprint', '-sha256'], { input: root })
        .output.replaceAll(':', '')
        .toLowerCase(),
    ).toContain(tokenOf('worker-1'))
  })
})
