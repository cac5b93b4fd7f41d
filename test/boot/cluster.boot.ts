/** A server and a worker, started together, become a cluster: seen from inside both. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, test } from 'vitest'
import type { Machine } from '../../src/emulator/machine.ts'
import { bantamProcess } from '../support/run-cli.ts'
import { readWithMtools } from '../support/validate-image.ts'
import { run } from '../support/validators.ts'
import { changeBootFile } from './change-boot-file.ts'
import { expectNode, expectRegistered } from './expect-node.ts'
import { BOOT_MS, type Lab, RELEASE_URL, secretsOfLab, VERSION, withLab } from './lab.ts'
import { flavours } from './make-bases.ts'
import { parseFacts, QUESTIONS } from './node-facts.ts'

const bases = inject('bases')
const whyNone = inject('whyNone')

/** What one flavour has beside the others: each boot takes minutes. */
const EXTRA: Readonly<Record<string, string>> = {
  // Agents with separate tokens.
  ubuntu: 'join: {tokenLifetime: 24h}\n',
  // A password for the console.
  'ubuntu-ab': 'admin: {password: "open sesame"}\n',
}
const CLUSTER = `name: lab
timezone: Europe/London
network: {gateway: 10.77.0.2, clockWaitSeconds: 0}
k3s: {version: ${VERSION}, releaseUrl: "${RELEASE_URL}"}
files:
  - {path: /etc/bantam-test/private, content: "secret\\n", owner: bantam, mode: "0640"}
nodes:
  - {name: server-1, profile: server, address: 10.77.0.11/24}
  - {name: worker-1, profile: worker, address: 10.77.0.12/24, labels: {disk: ssd}}
`
const NODES = [
  { name: 'server-1', host: 11 },
  { name: 'worker-1', host: 12 },
]

test.skipIf(whyNone === '')(`nothing is booted: ${whyNone}`, () => {
  expect(whyNone).not.toBe('')
})

describe.skipIf(whyNone !== '').each(flavours)('%s', (flavour) => {
  test('server and worker come up as described, and join', async () => {
    await withLab(
      { title: flavour, base: bases[flavour] ?? '', clusterText: `${CLUSTER}${EXTRA[flavour] ?? ''}`, nodes: NODES },
      async (lab) => {
        await lab.insert('server-1')
        await lab.insert('worker-1')
        await lab.boot('server-1', async (server) => {
          const keys = await lab.boot('worker-1', async (worker) => {
            await Promise.all(
              [server, worker].flatMap((machine) => [
                machine.reach('joined', BOOT_MS),
                machine.reach('cloud-init done', BOOT_MS),
              ]),
            )
            const password = flavour === 'ubuntu-ab' ? 'P' : 'L'
            await expectNode(lab, 'server-1', { unit: 'k3s', host: 11, password })
            const found = await expectNode(lab, 'worker-1', { unit: 'k3s-agent', host: 12, password })
            await expectRegistered(lab)
            await expectPinned(
              lab,
              flavour === 'ubuntu'
                ? /^token: "?K10[0-9a-f]{64}::[a-z0-9]{6}\.[a-z0-9]{16}"?$/m
                : /^token: "?K10[0-9a-f]{64}::node:[0-9a-f]{64}"?$/m,
            )
            await expectAdministered(lab)
            await shutDown(worker)
            return found
          })
          // Each of these takes minutes; one flavour stands for all.
          if (flavour !== 'raspios') return
          await expectReportOnCard(lab)
          await expectNoChange(lab, keys)
          await expectChangedSeedApplied(lab)
        })
      },
    )
  })
})

/** The worker has joined with a token that names its cluster, and its password is not that of all agents where it has a separate token. */
async function expectPinned(lab: Lab, token: RegExp): Promise<void> {
  expect(await lab.inside('worker-1', 'cat /etc/rancher/k3s/config.yaml')).toMatch(token)
}

/** The kubeconfig that was there before the first boot opens the cluster; that of another one does not. */
async function expectAdministered(lab: Lab): Promise<void> {
  const { status, body } = await lab.askApi('/api/v1/nodes')
  expect([status, (JSON.parse(body) as { items?: unknown[] }).items?.length]).toEqual([200, 2])
  const other = join(lab.folder, 'other')
  mkdirSync(other)
  writeFileSync(join(other, 'cluster.yaml'), CLUSTER)
  expect((await bantamProcess(other, ['render'])).status).toBe(0)
  expect((await bantamProcess(other, ['kubeconfig'])).status).toBe(0)
  await expect(lab.askApi('/api/v1/nodes', join(other, 'out/lab.access/kubeconfig'))).rejects.toThrow(/certificate/)
  rmSync(other, { recursive: true })
}

async function shutDown(machine: Machine): Promise<void> {
  await machine.pressPowerButton()
  await machine.ended
}

/** The card, pulled, can be read on any computer, and holds no secret there. */
async function expectReportOnCard(lab: Lab): Promise<void> {
  expect(await lab.readBootFile('worker-1', 'bantam-report.txt')).toContain('state       joined\r\n')
  for (const file of ['user-data', 'network-config', 'bantam-report.txt', 'bantam-report.json']) {
    const text = await lab.readBootFile('worker-1', file)
    for (const secret of secretsOfLab(lab.folder)) expect(text).not.toContain(secret)
  }
}

/** A second boot changes nothing: neither cloud-init nor our first boot runs again, and the node is a member still. */
async function expectNoChange(lab: Lab, keys: string): Promise<void> {
  await lab.boot('worker-1', async (worker) => {
    await lab.untilActive('worker-1', 'k3s-agent')
    const facts = parseFacts(await lab.inside('worker-1', `unit=k3s-agent\nsecrets=x\n${QUESTIONS}`))
    expect(facts).toMatchObject({
      hostname: 'worker-1',
      unit: 'active',
      hostKeys: keys,
      failedUnits: ', of 1',
      firstBootRuns: '0 of 1',
      userModuleRuns: '1',
    })
    expect(facts.instances?.split(' ')).toHaveLength(1)
    await expectRegistered(lab)
    await shutDown(worker)
  })
}

/** The seed files of an image that was built again, put onto the card in use: cloud-init takes it for another instance. */
async function expectChangedSeedApplied(lab: Lab): Promise<void> {
  const card = join(lab.folder, 'card.img')
  expect(
    run('qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', join(lab.folder, 'worker-1', 'disk.qcow2'), card]),
  ).toMatchObject({ status: 0 })
  await lab.build(CLUSTER.replace('Europe/London', 'Asia/Tokyo'), { parameters: ['--node', 'worker-1'] })
  const rebuilt = join(lab.folder, 'out/lab/worker-1.img')
  const before = readWithMtools(card, 'meta-data')
  for (const file of ['user-data', 'meta-data', 'network-config', 'cmdline.txt'])
    changeBootFile(card, file, () => readWithMtools(rebuilt, file))
  expect(readWithMtools(card, 'meta-data')).not.toBe(before)
  await lab.insert('worker-1', card)
  await lab.boot('worker-1', async (worker) => {
    await worker.reach('cloud-init done', BOOT_MS)
    await lab.untilActive('worker-1', 'k3s-agent')
    const facts = parseFacts(await lab.inside('worker-1', `unit=k3s-agent\nsecrets=x\n${QUESTIONS}`))
    expect(facts).toMatchObject({
      hostname: 'worker-1',
      timezone: 'Asia/Tokyo',
      unit: 'active',
      cloudInitStatus: 'done',
      cloudInitErrors: 'none',
    })
    expect(facts.instances?.split(' ')).toHaveLength(2)
    await expectRegistered(lab)
  })
}
