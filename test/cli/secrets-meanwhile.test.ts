import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
// @module-tag slow
/** Commands that change secrets or keys while a build runs, and builds that end without an image. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { buildImages } from '../../src/index.ts'
import { CLUSTER, errorOf, project, rendered } from '../support/cli-project.ts'
import { bantam, cliPath } from '../support/run-cli.ts'
import { smallImage, testWithImages } from '../support/small-image.ts'
import { run, testWith } from '../support/validators.ts'

const access = (folder: string, name: string): string => readFileSync(join(folder, 'out/home.access', name), 'utf8')

/** Serves a base image. Before it sends the first byte, `meanwhile` is done. */
async function withSlowServer(
  image: string,
  meanwhile: () => Promise<void>,
  use: (url: string) => Promise<void>,
): Promise<void> {
  const server = createServer((request, reply) => {
    if (request.url !== '/base.img') reply.writeHead(404).end()
    else void meanwhile().then(() => reply.end(readFileSync(image)))
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/base.img`)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

describe('while a build obtains its base image', () => {
  testWithImages('a rotation is not undone, and the images hold the new secrets', async () => {
    const folder = await rendered()
    await bantam(folder, ['kubeconfig'])
    const old = access(folder, 'id_ed25519')
    let isRotated = false
    const rotate = async (): Promise<void> => {
      if (isRotated) return
      isRotated = true
      for (const which of ['admin-key', 'host-keys'])
        expect((await bantam(folder, ['secrets', 'rotate', which])).status).toBe(0)
      expect((await bantam(folder, ['secrets', 'forget', 'host-keys'])).status).toBe(0)
    }
    await withSlowServer(smallImage('raspios', folder), rotate, async (url) => {
      const { status, stdout } = await bantam(folder, ['build-image', '--base', url, '--format', 'img', '--json'])
      expect(status, stdout).toBe(0)
      expect(stdout).not.toContain('SECRETS_CHANGED_MEANWHILE')
    })
    expect(access(folder, 'id_ed25519')).not.toBe(old)
    expect(access(folder, 'id_ed25519.previous')).toBe(old)
    expect(access(folder, 'known_hosts').trim().split('\n')).toHaveLength(3)
    const rotated = access(folder, 'id_ed25519.pub').split(' ')[1] ?? expect.fail('no key')
    expect(readFileSync(join(folder, 'out/home/worker-1.img')).includes(rotated)).toBe(true)
  })
})

testWithImages('secrets that change while images are written are warned of: these hold the earlier ones', async () => {
  const folder = await rendered()
  let rotation = ''
  const { warnings } = await buildImages({
    cluster: join(folder, 'cluster.yaml'),
    out: join(folder, 'out'),
    cache: join(folder, 'cache'),
    base: smallImage('raspios', folder),
    format: 'img',
    workingFolder: folder,
    homeFolder: folder,
    env: {},
    progress: ({ step }) => {
      // The build stands still until the rotation has ended.
      if (step === 'write' && rotation === '')
        rotation = run(process.execPath, [cliPath, 'secrets', 'rotate', 'agent-token'], { cwd: folder }).output
    },
  })
  expect(rotation).toContain('agent-token has been replaced')
  expect(warnings.filter(({ code }) => code === 'SECRETS_CHANGED_MEANWHILE')).toMatchObject([
    { severity: 'warning', message: expect.stringContaining('server-1, worker-1, worker-2') as string },
  ])
})

describe('the detached secrets of a node', () => {
  const bundle = (folder: string): string => join(folder, 'out/home.access/worker-1.secrets.tar')
  const build = (folder: string, ...words: readonly string[]) =>
    bantam(folder, ['build-image', '--node', 'worker-1', '--json', ...words])

  testWithImages('stay with their image if a build is refused', async () => {
    const folder = project(CLUSTER)
    const base = smallImage('raspios', folder)
    expect((await build(folder, '--base', base, '--format', 'img', '--no-secrets')).status).toBe(0)
    const before = readFileSync(bundle(folder))
    const damaged = join(folder, 'damaged.img')
    const bytes = readFileSync(base)
    // The fields of the boot sector after the name of the program that made it.
    const name = bytes.indexOf('mkfs.fat')
    bytes.fill(0, name + 8, name + 27)
    writeFileSync(damaged, bytes)
    const { status, stdout } = await build(folder, '--base', damaged, '--format', 'img')
    expect(status, stdout).toBe(2)
    expect(errorOf(stdout).code).toMatch(/^(FAT|IMAGE|BASE)_/)
    expect(readFileSync(bundle(folder))).toEqual(before)
  })

  testWithImages('go when an image with secrets has replaced the one without', async () => {
    const folder = project(CLUSTER)
    const base = smallImage('raspios', folder)
    await build(folder, '--base', base, '--format', 'img', '--no-secrets')
    expect((await build(folder, '--base', base, '--format', 'img')).status).toBe(0)
    expect(existsSync(bundle(folder))).toBe(false)
  })

  testWithImages(
    'stay while another image of the node needs them, and neither image counts as publishable',
    async () => {
      const folder = project(CLUSTER)
      const base = smallImage('raspios', folder)
      await build(folder, '--base', base, '--format', 'img', '--no-secrets')
      expect((await build(folder, '--base', base, '--format', 'img.xz')).status).toBe(0)
      expect(existsSync(bundle(folder))).toBe(true)
      const other = await bantam(folder, [
        'build-image',
        '--node',
        'worker-2',
        '--base',
        base,
        '--no-secrets',
        '--json',
      ])
      const { warnings } = JSON.parse(other.stdout) as { warnings: { code: string; message: string }[] }
      const found = warnings.find(({ code }) => code === 'OUTPUT_IMAGES_PRIVATE')
      expect(found?.message).toContain('worker-1.img.xz')
      expect(found?.message).toContain('worker-1.img,')
    },
  )
})

testWith('ssh-keygen')('a key that appears on this machine does not hide the key that running nodes know', async () => {
  const folder = await rendered()
  await bantam(folder, ['kubeconfig'])
  const made = access(folder, 'id_ed25519')
  mkdirSync(join(folder, '.ssh'))
  run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, '.ssh/id_ed25519')])
  const { status, stderr } = await bantam(folder, ['kubeconfig'])
  expect(status, stderr).toBe(0)
  const files = [...access(folder, 'ssh_config').matchAll(/IdentityFile "?([^"\n]+)/g)].map((match) => match[1] ?? '')
  expect(files[0]).toBe(join(folder, '.ssh/id_ed25519'))
  const kept = files.find((file) => file.startsWith(join(folder, 'out/home.access/')))
  expect(readFileSync(kept ?? expect.fail('the made key is gone'), 'utf8')).toBe(made)
  expect(access(folder, 'ssh')).toContain('id_ed25519.previous')
})
