// @module-tag slow
import { copyFileSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { errorOf, project, rendered } from '../support/cli-project.ts'
import { bantam, bantamProcess } from '../support/run-cli.ts'
import { smallImage, testWithImages } from '../support/small-image.ts'
import { debugfs, expectSound, readWithMtools, volumesOf } from '../support/validate-image.ts'
import { run } from '../support/validators.ts'

const secretsFile = (folder: string): string => readFileSync(join(folder, 'home.secrets.yaml'), 'utf8')
const valueOf = (folder: string, key: string): string =>
  new RegExp(`${key}: (\\S+)`).exec(secretsFile(folder))?.[1] ?? expect.fail(`no ${key}`)

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
      expect(built.stdout).toContain(`out/home.access/${node}.secrets.tar  secrets of the node`)
      const bundle = join(folder, `out/home.access/${node}.secrets.tar`)
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
    const bundle = join(folder, 'out/home.access/server-1.secrets.tar')
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
