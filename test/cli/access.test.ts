// @module-tag slow
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { errorOf, project, rendered } from '../support/cli-project.ts'
import { bantam } from '../support/run-cli.ts'
import { smallImage, temporaryFolder } from '../support/small-image.ts'
import { debugfs } from '../support/validate-image.ts'
import { run, testWith } from '../support/validators.ts'

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
    const first = clientOf('out/home.access/kubeconfig')
    expect(first).toContain('subject=O = home:admins, CN = bantam')
    expect(statSync(join(folder, 'out/home.access/kubeconfig')).mode & 0o777).toBe(0o600)
    expect(readFileSync(join(folder, 'out/home.access/kubeconfig'), 'utf8')).toContain(
      'server: "https://192.168.1.10:6443"',
    )
    expect((await bantam(folder, ['kubeconfig'])).status).toBe(0)
    expect(clientOf('out/home.access/kubeconfig')).not.toBe(first)
    expect((await bantam(folder, ['kubeconfig', '--break-glass'])).status).toBe(0)
    expect(clientOf('out/home.access/kubeconfig.break-glass')).toContain('subject=O = system:masters')
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
    expect(built.stdout).toContain('ssh -F out/home.access/ssh_config worker-1')
    expect(sshSettings(folder, 'out/home.access/ssh_config')).toEqual(
      expect.arrayContaining([
        'user bantam',
        'hostkeyalias worker-1',
        'stricthostkeychecking true',
        `userknownhostsfile ${join(folder, 'out/home.access/known_hosts')}`,
        `identityfile ${join(folder, 'out/home.access/id_ed25519')}`,
      ]),
    )
    const known = run('ssh-keygen', ['-F', 'worker-1', '-f', 'out/home.access/known_hosts'], { cwd: folder }).output
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

describe('a folder of keys that was moved', () => {
  testWith('ssh')('works with its script, from anywhere and below any name', async () => {
    const folder = await built()
    for (const name of ['home.access', 'it\'s 50% "mine" \\o', '$HOME `id` %h']) {
      const moved = join(temporaryFolder(), name)
      cpSync(join(folder, 'out/home.access'), moved, { recursive: true })
      const settings = run(join(moved, 'ssh'), ['-G', 'worker-1'], { cwd: '/' }).output.split('\n')
      const percents = (path: string): string => path.replaceAll('%', '%%')
      // ssh prints a path with % as it was written, and the first key is tried first.
      expect(settings.find((line) => line.startsWith('identityfile'))).toBe(
        `identityfile ${percents(join(moved, 'id_ed25519'))}`,
      )
      expect(settings).toContain(`userknownhostsfile ${join(moved, 'known_hosts')}`)
      expect(settings).toContain('hostname 192.168.1.21')
    }
  })

  testWith('ssh')('works through links to its script, absolute and relative', async () => {
    const folder = await built()
    mkdirSync(join(folder, 'bin'))
    symlinkSync(join(folder, 'out/home.access/ssh'), join(folder, 'bin/first'))
    symlinkSync('../bin/first', join(folder, 'bin/second'))
    const lines = run(join(folder, 'bin/second'), ['-G', 'worker-1'], { cwd: '/' }).output.split('\n')
    expect(lines).toContain(`userknownhostsfile ${join(folder, 'out/home.access/known_hosts')}`)
  })

  testWith('ssh')('is refused by its script where ssh would read another folder', async () => {
    const folder = await built()
    for (const name of ['a${HOME}', 'a\nb', 'a\rb', 'home\n']) {
      const moved = join(temporaryFolder(), name)
      cpSync(join(folder, 'out/home.access'), moved, { recursive: true })
      const { status, output } = run(join(moved, 'ssh'), ['-G', 'worker-1'], { cwd: '/' })
      expect([status, output]).toEqual([255, expect.stringMatching('^ssh cannot name the folder of this script: ')])
    }
  })

  testWith('ssh')('works with ssh -F from the folder itself, its parent, and a moved project', async () => {
    const folder = await built()
    const settings = sshSettings(folder, 'out/home.access/ssh_config')
    const moved = join(temporaryFolder(), 'project')
    renameSync(folder, moved)
    for (const [start, config] of [
      ['.', 'out/home.access/ssh_config'],
      ['out', 'home.access/ssh_config'],
      ['out/home.access', 'ssh_config'],
    ] as const) {
      const now = sshSettings(join(moved, start), config)
      expect(now).toEqual(settings)
      // Relative paths start where ssh is started.
      const keys = now.flatMap((line) => /^identityfile (.*)/.exec(line)?.[1] ?? [])
      expect(keys.filter((key) => existsSync(resolve(moved, start, key)))).toHaveLength(1)
    }
  })

  testWith('ssh')('brings the host keys in its settings, and takes none from the folder of the caller', async () => {
    const folder = await built()
    const access = join(folder, 'out/home.access')
    for (const node of ['server-1', 'worker-1', 'worker-2']) {
      const settings = sshSettings(folder, 'out/home.access/ssh_config', node)
      const command = settings.find((line) => line.startsWith('knownhostscommand'))?.replace(/^\S+ /, '') ?? ''
      // ssh splits the command itself; the shell splits this one alike.
      const printed = run('sh', ['-c', command]).output
      const known = readFileSync(join(access, 'known_hosts'), 'utf8').split('\n')
      const [, type, key] = known.find((line) => line.startsWith(`${node},`))?.split(' ') ?? expect.fail('no key')
      expect(printed).toBe(`${node} ${type} ${key}\n`)
      expect(settings.filter((line) => line.includes('knownhostsfile'))).toEqual([
        'globalknownhostsfile none',
        `userknownhostsfile ${join(access, 'known_hosts')}`,
      ])
    }
  })

  testWith('ssh')('leaves the keys of a user where that user has them, on each machine', async () => {
    const folder = project()
    mkdirSync(join(folder, '.ssh'))
    expect(run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, '.ssh/id_ed25519')]).status).toBe(0)
    await buildInto(folder)
    const keys = sshSettings(folder, 'out/home.access/ssh_config').filter((line) => line.startsWith('identityfile'))
    expect(keys).toEqual([`identityfile ${join(folder, '.ssh/id_ed25519')}`, 'identityfile ~/.ssh/id_ed25519'])
    expect(readFileSync(join(folder, 'out/home.access/ssh'), 'utf8')).not.toContain('IdentityFile')
  })

  testWith('shellcheck')('has a script without mistakes', async () => {
    const folder = await built()
    const { status, output } = run('shellcheck', ['-s', 'sh', join(folder, 'out/home.access/ssh')])
    expect(status, output).toBe(0)
  })
})

async function built(): Promise<string> {
  const folder = project()
  await buildInto(folder)
  return folder
}

async function buildInto(folder: string): Promise<void> {
  const { status, stderr } = await bantam(folder, [
    'build-image',
    '--format',
    'img',
    '--base',
    smallImage('raspios', folder),
    '--node',
    'worker-1',
  ])
  expect(status, stderr).toBe(0)
}

function sshSettings(cwd: string, config: string, node = 'worker-1'): readonly string[] {
  return run('ssh', ['-G', '-F', config, node], { cwd }).output.split('\n')
}
