/** `install: offline`: k3s and its container images travel in the image. */
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { type ReleaseServer, startReleaseServer } from '../support/release-server.ts'
import { bantamAside, type CliRun } from '../support/run-cli.ts'
import { makeSmallImage, temporaryFolder, testWithImages } from '../support/small-image.ts'
import { debugfs, expectSound } from '../support/validate-image.ts'

const VERSION = 'v1.36.4+k3s1'
const IMAGES = 'k3s-airgap-images-arm64.tar.zst'
const binary = randomBytes(3 * 1024 * 1024 + 17)
const images = randomBytes(5 * 1024 * 1024 + 4095)

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

interface Scene {
  readonly folder: string
  readonly server: ReleaseServer
  readonly build: (...parameters: string[]) => Promise<CliRun>
}

async function scene(
  rootMib: string,
  sums = `${sha256(images)}  ${IMAGES}\n${sha256(binary)}  k3s-arm64\n`,
): Promise<Scene> {
  const folder = temporaryFolder()
  const server = await startReleaseServer()
  onTestFinished(() => server.close())
  const release = `/${encodeURIComponent(VERSION)}`
  server.put(`${release}/sha256sum-arm64.txt`, sums)
  server.put(`${release}/k3s-arm64`, binary)
  server.put(`${release}/${IMAGES}`, images)
  makeSmallImage('raspios', join(folder, 'base.img'), { ROOT_MIB: rootMib })
  mkdirSync(join(folder, 'profiles'))
  writeFileSync(join(folder, 'profiles/plain.yaml'), 'extends: base\nrole: none\n')
  writeFileSync(
    join(folder, 'cluster.yaml'),
    `name: home
os: base.img
k3s: {version: ${VERSION}, install: offline, releaseUrl: "${server.origin}"}
nodes:
  - {name: server-1, profile: server}
  - {name: "worker-[1-2]", profile: worker}
  - {name: plain-1, profile: plain}
`,
  )
  return {
    folder,
    server,
    build: (...parameters) => bantamAside(folder, ['build-image', '--format', 'img', ...parameters]),
  }
}

function dump(image: string, path: string): Buffer {
  const target = join(temporaryFolder(), 'dump')
  debugfs(image, `dump ${path} ${target}`)
  return readFileSync(target)
}

testWithImages(
  'an offline node carries k3s and its container images, root’s and executable; one without k3s carries neither',
  async () => {
    const { folder, server, build } = await scene('48')
    const { status, stderr } = await build()
    expect(status, stderr).toBe(0)
    for (const node of ['server-1', 'worker-1', 'worker-2']) {
      const image = join(folder, 'out/home', `${node}.img`)
      expectSound(image)
      expect(sha256(dump(image, '/usr/local/bin/k3s'))).toBe(sha256(binary))
      expect(sha256(dump(image, `/var/lib/rancher/k3s/agent/images/${IMAGES}`))).toBe(sha256(images))
      expect(debugfs(image, 'stat /usr/local/bin/k3s')).toMatch(/Mode: +0755[^]*User: +0 +Group: +0/)
      expect(debugfs(image, 'stat /var/lib/rancher/k3s/agent/images/.cache.json')).toMatch(/Size: 0/)
      expect(debugfs(image, 'cat /etc/bantam/first-boot.env')).toContain('install=offline')
    }
    expect(debugfs(join(folder, 'out/home/plain-1.img'), 'stat /usr/local/bin/k3s')).toContain('not found')
    expect(server.requests.filter(({ path }) => path.endsWith('k3s-arm64'))).toHaveLength(1)
    // A second build: no server, the same bytes.
    const sums = readFileSync(join(folder, 'out/home/SHA256SUMS'), 'utf8')
    await server.close()
    expect(await build()).toMatchObject({ status: 0 })
    expect(readFileSync(join(folder, 'out/home/SHA256SUMS'), 'utf8')).toBe(sums)
  },
)

testWithImages(
  'a release file with another checksum, and a root too small for it, leave no image and nothing half-made in the cache',
  async () => {
    const wrong = await scene('48', `${sha256(images)}  ${IMAGES}\n${'0'.repeat(64)}  k3s-arm64\n`)
    const refused = await wrong.build('--json')
    expect([refused.status, refused.stdout]).toEqual([1, expect.stringContaining('DOWNLOAD_CHECKSUM_MISMATCH')])
    const small = await scene('8')
    const full = await small.build('--json')
    expect([full.status, full.stdout]).toEqual([2, expect.stringContaining('EXT4_FULL')])
    for (const { folder } of [wrong, small]) {
      expect(existsSync(join(folder, 'out/home/worker-1.img'))).toBe(false)
      expect(readdirSync(join(folder, 'cache/images'))).toEqual([])
    }
  },
)
