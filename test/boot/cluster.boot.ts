/** A server and a worker, started together, become a cluster: seen from inside both. */
import { describe, expect, inject, test } from 'vitest'
import { BOOT_MS, DISK_BYTES, type Lab, RELEASE_URL, secretsOfLab, VERSION, withLab } from './lab.ts'
import { flavours } from './make-bases.ts'
import { parseFacts, QUESTIONS } from './node-facts.ts'

const bases = inject('bases')
const whyNone = inject('whyNone')

export const CLUSTER = `name: lab
timezone: Europe/London
network: {gateway: 10.77.0.2, clockWaitSeconds: 0}
k3s: {version: ${VERSION}, releaseUrl: "${RELEASE_URL}"}
files:
  - {path: /etc/bantam-test/private, content: "secret\\n", owner: bantam, mode: "0640"}
nodes:
  - {name: server-1, profile: server, address: 10.77.0.11/24}
  - {name: worker-1, profile: worker, address: 10.77.0.12/24, labels: {disk: ssd}}
`
const NODES = [{ name: 'server-1', host: 11 }, { name: 'worker-1', host: 12 }]

test.skipIf(whyNone === '')(`nothing is booted: ${whyNone}`, () => {
  expect(whyNone).not.toBe('')
})

describe.skipIf(whyNone !== '').each(flavours)('%s', (flavour) => {
  test('server and worker come up as described, and join', async () => {
    await withLab({ title: flavour, base: bases[flavour] ?? '', clusterText: CLUSTER, nodes: NODES }, async (lab) => {
      await lab.insert('server-1')
      await lab.insert('worker-1')
      const firstKeys = await lab.boot('server-1', (server) => lab.boot('worker-1', async (worker) => {
        await Promise.all([server.reach('joined', BOOT_MS), worker.reach('joined', BOOT_MS)])
        await Promise.all([server.reach('cloud-init done', BOOT_MS), worker.reach('cloud-init done', BOOT_MS)])
        await expectNode(lab, 'server-1', { unit: 'k3s', host: 11 })
        const keys = await expectNode(lab, 'worker-1', { unit: 'k3s-agent', host: 12 })
        await expectRegistered(lab)
        if (flavour === 'raspios') {
          await worker.pressPowerButton()
          await worker.ended
        }
        return keys
      }))
      // Each of these takes minutes; one flavour stands for all.
      if (flavour === 'raspios') await expectSecondBoot(lab, firstKeys)
    })
  })
})

async function expectNode(lab: Lab, name: string, { unit, host }: { readonly unit: string; readonly host: number }): Promise<string> {
  const facts = parseFacts(await lab.inside(name, `unit=${unit}\nsecrets='${secretsOfLab(lab.folder).join(' ')}'\n${QUESTIONS}`))
  expect(facts).toMatchObject({
    hostname: name,
    addresses: `10.77.0.${host}/24`,
    timezone: 'Europe/London',
    unit: 'active',
    password: 'L',
    failedUnits: '',
    cloudInitStatus: 'done',
    cloudInitErrors: '',
    secretsOnBoot: '',
  })
  for (const token of ['cgroup_memory=1', 'cgroup_enable=memory']) {
    expect((facts.cmdline ?? '').split(' ').filter((one) => one === token), 'tokens in /proc/cmdline').toHaveLength(1)
  }
  expect(facts.modes?.split(' ')).toEqual([
    '/etc/rancher/k3s/config.yaml:600:root:root', `/etc/systemd/system/${unit}.service:644:root:root`, `/etc/systemd/system/${unit}.service.env:600:root:root`,
    '/usr/local/bin/k3s:755:root:root', '/usr/lib/bantam/first-boot:755:root:root', '/etc/bantam-test/private:640:bantam:bantam',
  ])
  // The file system has some overhead of its own, and the boot partition lies before it.
  expect(Number(facts.rootBytes)).toBeGreaterThan(DISK_BYTES * 0.75)
  expect(await lab.tryPassword(name)).toContain('Permission denied (publickey)')
  const report = JSON.parse(facts.report ?? '') as { state: string; stages: { name: string }[]; lastError: null; addresses: { address: string }[]; cloudInit: string }
  expect(report).toMatchObject({ node: name, state: 'joined', lastError: null, addresses: [{ interface: 'eth0', address: `10.77.0.${host}/24` }] })
  expect(report.stages.map((stage) => stage.name)).toEqual(['started', 'clock', 'k3s-installed', 'k3s-started', 'joined'])
  return facts.hostKeys ?? ''
}

async function expectRegistered(lab: Lab): Promise<void> {
  const { items } = JSON.parse(await lab.inside('server-1', 'kubectl get nodes -o json')) as { items: { metadata: { name: string; labels: Record<string, string> } }[] }
  expect(items.map(({ metadata }) => metadata.name).sort()).toEqual(['server-1', 'worker-1'])
  expect(items.find(({ metadata }) => metadata.name === 'worker-1')?.metadata.labels).toMatchObject({ disk: ssd })
}
const ssd = 'ssd'

/** The report can be read from the pulled card; a reboot changes nothing; a changed seed is applied. */
async function expectSecondBoot(lab: Lab, firstKeys: string): Promise<void> {
  const text = await lab.readBootFile('worker-1', 'bantam-report.txt')
  expect(text).toContain('state       joined\r\n')
  for (const secret of secretsOfLab(lab.folder)) for (const file of ['user-data', 'bantam-report.txt', 'bantam-report.json']) expect(await lab.readBootFile('worker-1', file)).not.toContain(secret)
  await lab.boot('server-1', (server) => lab.boot('worker-1', async (worker) => {
    await Promise.all([server.waitForLine(/Started k3s\.service|Started .*Lightweight Kubernetes/, BOOT_MS), worker.waitForLine(/Started k3s-agent\.service|Started .*Lightweight Kubernetes/, BOOT_MS)])
    const facts = parseFacts(await lab.inside('worker-1', `unit=k3s-agent\nsecrets=x\n${QUESTIONS}`))
    expect(facts).toMatchObject({ hostname: 'worker-1', unit: 'active', hostKeys: firstKeys, failedUnits: '', firstBootRuns: '0' })
    // cloud-init has run its per-instance modules once, in the first boot.
    expect(facts.instances?.split(' ')).toHaveLength(1)
    expect(facts.userModuleRuns).toBe('1')
    await expectRegistered(lab)
  }))
}
