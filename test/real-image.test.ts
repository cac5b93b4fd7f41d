// @module-tag slow
/**
 * Real, bootable arm64 images in three published layouts: built, judged and compared with their base byte by byte.
 * BANTAM_BASE_FOLDER names the folder of make-image.sh, which assembles them (root, about 15 s each).
 */
import { closeSync, existsSync, openSync, readFileSync, readSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { bantam } from './support/run-cli.ts'
import { temporaryFolder } from './support/small-image.ts'
import { debugfs, expectSound, readWithMtools, volumesOf } from './support/validate-image.ts'
import { run } from './support/validators.ts'

const script = join(process.env.BANTAM_BASE_FOLDER ?? '/nonexistent', 'make-image.sh')
const available = existsSync(script)
const BLOCK_BYTES = 4096

const CLUSTER = `name: home
timezone: Europe/London
admin: {user: ada}
network: {gateway: 192.168.1.1, dns: [192.168.1.1], ntp: [192.168.1.1]}
files:
  - {path: /etc/motd, content: "Welcome\\n"}
  - {path: /home/ada/notes.txt, content: "yes: 1:30\\n", owner: ada, mode: "0640"}
nodes:
  - {name: server-1, profile: server, board: pi5, address: 192.168.1.10/24}
  - {name: "worker-[1-2]", profile: worker, board: pi4, address: "192.168.1.[21-22]/24", labels: {disk: ssd}}
`

test.skipIf(available)('BANTAM_BASE_FOLDER is not set or holds no make-image.sh: real images are not tested', () => {
  expect(available).toBe(false)
})

describe.skipIf(!available).each(['raspios', 'ubuntu', 'ubuntu-ab'])('%s', (flavour) => {
  test(
    'npm run build-image writes sound images that differ only where our files need it, the same ones each time',
    { timeout: 600_000 },
    async () => {
      const folder = temporaryFolder()
      const base = join(folder, 'base.img')
      const made = run('bash', [script, flavour, base])
      expect(made, made.output).toMatchObject({ status: 0 })
      writeFileSync(join(folder, 'cluster.yaml'), CLUSTER)
      const baseStamp = statSync(base).mtimeMs

      const parameters = ['build-image', '--profile', 'worker', '--base', base, '--format', 'img', '--json']
      const built = await bantam(folder, parameters)
      expect(built.status, built.stderr).toBe(0)
      const { artifacts } = JSON.parse(built.stdout) as { artifacts: { node: string; path: string; sha256: string }[] }
      expect(artifacts.map((artifact) => artifact.node)).toEqual(['worker-1', 'worker-2'])
      expect(statSync(base).mtimeMs).toBe(baseStamp)

      for (const { node, path } of artifacts) {
        expectSound(path)
        expectSeed(path, node, flavour)
        expectFewChanges(base, path)
      }
      const again = JSON.parse((await bantam(folder, parameters)).stdout) as { artifacts: { sha256: string }[] }
      expect(again.artifacts.map((artifact) => artifact.sha256)).toEqual(artifacts.map((artifact) => artifact.sha256))
    },
  )
})

function expectSeed(image: string, node: string, flavour: string): void {
  expect(readWithMtools(image, 'user-data')).toMatch(new RegExp(`^#cloud-config\\n[^]*hostname: ${node}\\n`))
  const id = /^instance-id: (\S+)$/m.exec(readWithMtools(image, 'meta-data'))?.[1]
  expect(id).toMatch(new RegExp(`^${node}-[0-9a-f]{12}$`))
  expect(readWithMtools(image, 'network-config')).toContain(`192.168.1.${node === 'worker-1' ? 21 : 22}/24`)
  const cmdline = readWithMtools(image, flavour === 'ubuntu-ab' ? 'current/cmdline.txt' : 'cmdline.txt')
  expect(cmdline).toMatch(/^[^\n]+\n$/)
  expect(
    cmdline
      .split(' ')
      .filter((token) => token.startsWith('cgroup_'))
      .sort(),
  ).toEqual(['cgroup_enable=memory', 'cgroup_memory=1'])
  expect(cmdline).toContain(`ds=nocloud;i=${id ?? ''}`)
  const config = debugfs(image, 'cat /etc/rancher/k3s/config.yaml')
  expect(config).toContain('server: "https://192.168.1.10:6443"')
  expect(config).toContain('disk=ssd')
  expect(debugfs(image, 'stat /etc/rancher/k3s/config.yaml')).toMatch(/Mode: +0600[^]*User: +0 +Group: +0/)
  expect(debugfs(image, 'cat /etc/motd')).toBe('Welcome\n')
}

/** Compares block by block: nothing outside the two partitions, and in them no more than the files need. */
function expectFewChanges(base: string, image: string): void {
  const { boot, root } = volumesOf(base)
  const changed = changedBlocks(base, image)
  const inFat = changed.filter(
    (byteOffset) => byteOffset >= boot.byteStart && byteOffset < boot.byteStart + boot.byteLength,
  )
  const inRoot = changed.filter(
    (byteOffset) => byteOffset >= root.byteStart && byteOffset < root.byteStart + root.byteLength,
  )
  expect(inFat.length + inRoot.length).toBe(changed.length)
  expect(inFat.length).toBeGreaterThan(0)
  expect(inFat.length).toBeLessThan(32)
  expect(inRoot.length).toBeGreaterThan(0)
  expect(inRoot.length).toBeLessThan(80)
}

function changedBlocks(base: string, image: string): readonly number[] {
  expect(statSync(image).size).toBe(statSync(base).size)
  const [one, other] = [openSync(base, 'r'), openSync(image, 'r')]
  const chunkBytes = 1024 * BLOCK_BYTES
  const [a, b] = [Buffer.alloc(chunkBytes), Buffer.alloc(chunkBytes)]
  const changed: number[] = []
  for (let position = 0; position < statSync(base).size; position += chunkBytes) {
    const byteLength = readSync(one, a, 0, chunkBytes, position)
    readSync(other, b, 0, chunkBytes, position)
    if (a.subarray(0, byteLength).equals(b.subarray(0, byteLength))) continue
    for (let start = 0; start < byteLength; start += BLOCK_BYTES) {
      if (!a.subarray(start, start + BLOCK_BYTES).equals(b.subarray(start, start + BLOCK_BYTES)))
        changed.push(position + start)
    }
  }
  closeSync(one)
  closeSync(other)
  return changed
}

test('the README names the variable', () => {
  expect(
    readFileSync(new URL('../README.md', import.meta.url), 'utf8') +
      readFileSync(new URL('../CONTRIBUTING.md', import.meta.url), 'utf8'),
  ).toContain('BANTAM_BASE_FOLDER')
})
