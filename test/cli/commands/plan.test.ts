import { mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { processContext } from '../../../src/cli/context.ts'
import { runCli } from '../../../src/cli/run-cli.ts'
import { withClusterFile } from '../../config/load-fixture.ts'
import { project } from '../../support/cli-project.ts'
import { bantam } from '../../support/run-cli.ts'

const CLUSTER = `name: home
os: ['https://user:hunter2@mirror.example/pi/os.img.xz?sig=hunter2', 'https://user:hunter2@[mirror', ./own.img]
admin: {sshKeys: [ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f ada@hunter2]}
network: {wifi: {ssid: barn, password: hunter2-hunter2, country: GB}}
k3s: {datastore: 'postgres://k3s:hunter2@db.example/k3s'}
files: [{path: /etc/secret, content: hunter2}]
commands: ['echo hunter2 | vpn login']
nodes: [{name: server-1, profile: server}]
`

/** Runs `bantam plan` in this process and gives what it prints on stdout. */
async function plan(file: string, folder: string, ...options: readonly string[]): Promise<string> {
  let text = ''
  const context = processContext(new AbortController().signal)
  const stdout = { write: (chunk: string) => (text += chunk) }
  // Commands only write to their streams.
  const streams = { stdout, stderr: stdout } as unknown as Pick<typeof context, 'stdout' | 'stderr'>
  const status = await runCli(['plan', '--cluster', file, ...options], {
    ...context,
    ...streams,
    workingFolder: folder,
    homeFolder: folder,
  })
  expect(status, text).toBe(0)
  return text
}

test.each([[[]], [['--json']]])('plan %s shows neither a password nor a command', async (options) => {
  await withClusterFile(CLUSTER, async (file, folder) => {
    const text = await plan(file, folder, ...options)
    expect(text).not.toContain('hunter2')
    expect(text).toContain('https://mirror.example/pi/os.img.xz?…')
    expect(text).toContain('https://…')
    expect(text).toContain('own.img')
  })
})

test('plan --json shows the number of hidden values', async () => {
  await withClusterFile(CLUSTER, async (file, folder) => {
    const { nodes } = JSON.parse(await plan(file, folder, '--json')) as { nodes: readonly object[] }
    expect(nodes[0]).toMatchObject({
      commandCount: 1,
      admin: { user: 'bantam', sshKeyCount: 1, passwordHash: null },
      files: [{ path: '/etc/secret', mode: '0644', owner: 'root', byteLength: 7 }],
      k3s: { releaseUrl: 'https://github.com/k3s-io/k3s/releases/download', datastoreEndpoint: '[secret]' },
    })
  })
})

test('plan names images that are older than the cluster file', async () => {
  const folder = project()
  mkdirSync(join(folder, 'out/home'), { recursive: true })
  const [older, newer] = [join(folder, 'out/home/worker-1.img.xz'), join(folder, 'out/home/worker-2.img')]
  for (const path of [older, newer]) writeFileSync(path, '')
  utimesSync(older, new Date(0), new Date(0))
  utimesSync(newer, new Date('2100-01-01'), new Date('2100-01-01'))
  const text = (await bantam(folder, ['plan'])).stdout
  expect(text).toMatch(/\nout\/home\/worker-1\.img\.xz is older than the cluster file\.\n$/)
  expect(text).not.toContain('worker-2.img')
  const { stdout } = await bantam(folder, ['plan', '--node', 'worker-1', '--json'])
  expect(JSON.parse(stdout)).toMatchObject({ olderImages: [older] })
})

test('plan --json names the template of a file, and leaves out what every plan knows of all nodes', async () => {
  const text = `name: home
files: [{path: /etc/motd, template: motd.hbs}]
nodes: [{name: server-1, profile: server}]
`
  await withClusterFile(text, async (file, folder) => {
    await writeFile(join(folder, 'motd.hbs'), '{{plain node.name}}')
    const { nodes } = JSON.parse(await plan(file, folder, '--json')) as { nodes: readonly object[] }
    expect(nodes[0]).toMatchObject({
      clusterName: 'home',
      files: [{ path: '/etc/motd', mode: '0644', owner: 'root', template: join(folder, 'motd.hbs') }],
    })
    expect(nodes[0]).not.toHaveProperty('cluster')
  })
})
