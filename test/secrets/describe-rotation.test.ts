import { describe, expect, test } from 'vitest'
import type { Cluster } from '../../src/model/cluster.ts'
import { describeRotation, type RotationFacts } from '../../src/secrets/describe-rotation.ts'
import { rotatableSecrets } from '../../src/secrets/rotate-secrets.ts'

const facts = (change: Partial<RotationFacts> = {}): RotationFacts => ({
  // Steps read names, roles and the datastore only.
  cluster: {
    name: 'home',
    k3s: { datastore: { kind: 'sqlite' } },
    nodes: [
      { name: 'worker-1', role: 'agent' },
      { name: 'server-1', role: 'server' },
      { name: 'server-2', role: 'server' },
    ],
  } as unknown as Cluster,
  changedNodes: ['server-1', 'worker-1'],
  retiredTokenIds: ['abc123', 'def456'],
  folder: 'out/home.access',
  previousKeyFiles: ['out/home.access/id_ed25519.previous', 'out/home.access/id_ed25519.previous-2'],
  secretsFile: 'home.secrets.yaml',
  clusterOptions: ' --cluster lab.yaml',
  ...change,
})

const commandsOf = (which: (typeof rotatableSecrets)[number], change: Partial<RotationFacts> = {}) =>
  describeRotation(which, facts(change)).flatMap(({ command }) => (command === null ? [] : [command]))

describe.each(rotatableSecrets)('after %s', (which) => {
  test('the images that hold it are built again', () => {
    expect(commandsOf(which)).toContain('bantam build-image --cluster lab.yaml --node server-1 --node worker-1')
  })

  test('if no image holds it, none is built', () => {
    const steps = describeRotation(which, facts({ changedNodes: [] }))
    expect(steps.map((step) => step.do)).toContain('No image holds the secret: no build is needed.')
    expect(steps.some(({ command }) => command?.includes('build-image'))).toBe(false)
  })
})

test('the server token is rotated on the initial server, then each server gets it', () => {
  const steps = describeRotation('server-token', facts())
  expect(steps.map(({ where, command }) => [where, command])).toEqual([
    ['this machine', 'bantam render --cluster lab.yaml --node server-1'],
    ['server-1', 'k3s token rotate --token OLD --new-token NEW'],
    [null, null],
    ['this machine', 'rm -r out/home.access/seeds'],
    ['this machine', 'bantam build-image --cluster lab.yaml --node server-1 --node worker-1'],
    ['this machine', 'bantam secrets forget server-token --cluster lab.yaml'],
  ])
  expect(steps[2]?.do).toContain('server-1, server-2')
})

test('old join tokens are deleted by their ids, where there are any', () => {
  const steps = describeRotation('join-tokens', facts())
  const deletion = steps.findIndex(({ command }) => command?.startsWith('kubectl -n kube-system delete') === true)
  expect(steps[deletion]?.command).toBe(
    'kubectl -n kube-system delete secret --ignore-not-found bootstrap-token-abc123 bootstrap-token-def456',
  )
  // k3s would make them again from this file at its next start.
  expect(steps[deletion - 1]).toMatchObject({
    do: expect.stringMatching(/abc123, def456.*manifests\/bantam\.yaml/) as string,
    where: 'server-1',
  })
  expect(commandsOf('join-tokens', { retiredTokenIds: [] }).join()).not.toMatch(/delete|forget/)
})

test('the running cluster gets the new group with the certificate for emergencies', () => {
  expect(commandsOf('admin-certificate')).toEqual([
    'bantam kubeconfig --cluster lab.yaml --break-glass',
    'kubectl --kubeconfig out/home.access/kubeconfig.break-glass apply -f out/home.access/admins.yaml',
    'bantam build-image --cluster lab.yaml --node server-1 --node worker-1',
    'bantam secrets forget admin-certificate --cluster lab.yaml',
  ])
})

test('nodes are reached with each key that they may still accept, the newest first', () => {
  expect(commandsOf('admin-key')[0]).toBe(
    "ssh -F out/home.access/ssh_config -i out/home.access/id_ed25519.previous -i out/home.access/id_ed25519.previous-2 NODE 'cat > .ssh/authorized_keys' < out/home.access/id_ed25519.pub",
  )
  expect(commandsOf('admin-key', { previousKeyFiles: [] })).toEqual([
    'bantam build-image --cluster lab.yaml --node server-1 --node worker-1',
  ])
})

test.each(rotatableSecrets)('the last step after %s removes the previous value, and says when', (which) => {
  const last = describeRotation(which, facts()).at(-1)
  expect(last?.command).toBe(`bantam secrets forget ${which} --cluster lab.yaml`)
  expect(last?.do).toMatch(/^home\.secrets\.yaml keeps the previous value\. Remove it when .+\.$/)
})

test('running nodes get new host keys from a render', () => {
  expect(commandsOf('host-keys')[0]).toBe('bantam render --cluster lab.yaml --node NODE')
})

test.each([
  ['sqlite', true],
  ['etcd', false],
])('with %s, warns of flashing the server that holds the data: %s', (kind, warns) => {
  const { cluster } = facts()
  const stored = { ...cluster, k3s: { ...cluster.k3s, datastore: { kind } } } as unknown as Cluster
  const text = describeRotation('host-keys', facts({ cluster: stored })).map((step) => step.do)
  expect(text.some((words) => words.startsWith('Do not flash server-1'))).toBe(warns)
})
