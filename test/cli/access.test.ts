// @module-tag slow
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { errorOf, project, rendered } from '../support/cli-project.ts'
import { bantam } from '../support/run-cli.ts'
import { smallImage } from '../support/small-image.ts'
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
