import { expect } from 'vitest'
import { DISK_BYTES, type Lab, secretsOfLab } from './lab.ts'
import { parseFacts, QUESTIONS } from './node-facts.ts'

/**
 * Expects a node that is on to be as the cluster file describes it: host name, address, time zone, login, kernel command line, files, units, the size of the
 * root file system, no secret on the boot partition, and its report. Gives the checksum of its host keys.
 */
export async function expectNode(
  lab: Lab,
  name: string,
  {
    unit,
    host,
    password = 'L',
  }: {
    readonly unit: string
    readonly host: number
    /** As passwd(1) says: L, locked; P, usable. */ readonly password?: string
  },
): Promise<string> {
  const facts = parseFacts(
    await lab.inside(name, `unit=${unit}\nsecrets='${secretsOfLab(lab.folder).join(' ')}'\n${QUESTIONS}`),
  )
  for (const token of ['cgroup_memory=1', 'cgroup_enable=memory']) {
    expect(
      (facts.cmdline ?? '').split(' ').filter((one) => one === token),
      'tokens in /proc/cmdline',
    ).toHaveLength(1)
  }
  expect(facts).toMatchObject({
    hostname: name,
    addresses: `10.77.0.${host}/24`,
    timezone: 'Europe/London',
    unit: 'active',
    password,
    // Each probe shows beside its answer that it works.
    failedUnits: ', of 1',
    cloudInitStatus: 'done',
    cloudInitErrors: 'none',
    secretsOnBoot: '/boot/firmware/user-data',
  })
  expect(facts.modes?.split(' ')).toEqual([
    '/etc/rancher/k3s/config.yaml:600:root:root',
    `/etc/systemd/system/${unit}.service:644:root:root`,
    `/etc/systemd/system/${unit}.service.env:600:root:root`,
    '/usr/local/bin/k3s:755:root:root',
    '/usr/lib/bantam/first-boot:755:root:root',
    '/etc/bantam-test/private:640:bantam:bantam',
  ])
  // The file system has some overhead, and the boot partition is before it.
  expect(Number(facts.rootBytes)).toBeGreaterThan(DISK_BYTES * 0.75)
  expect(await lab.tryPassword(name)).toContain('Permission denied (publickey)')
  const report = JSON.parse(facts.report ?? '') as {
    state: string
    stages: { name: string }[]
    lastError: null
    addresses: { address: string }[]
    cloudInit: string
  }
  expect(report).toMatchObject({
    node: name,
    state: 'joined',
    lastError: null,
    addresses: [{ interface: 'eth0', address: `10.77.0.${host}/24` }],
  })
  expect(report.stages.map((stage) => stage.name)).toEqual([
    'started',
    'clock',
    'k3s-installed',
    'k3s-started',
    'joined',
  ])
  return facts.hostKeys ?? ''
}

/** Expects server and worker to be registered, with the worker's label. */
export async function expectRegistered(lab: Lab): Promise<void> {
  const { items } = JSON.parse(await lab.inside('server-1', 'kubectl get nodes -o json')) as {
    items: { metadata: { name: string; labels: Record<string, string> } }[]
  }
  expect(items.map(({ metadata }) => metadata.name).sort()).toEqual(['server-1', 'worker-1'])
  expect(items.find(({ metadata }) => metadata.name === 'worker-1')?.metadata.labels).toMatchObject({ disk: 'ssd' })
}
