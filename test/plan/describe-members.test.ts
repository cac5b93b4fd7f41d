import { expect, test } from 'vitest'
import { planNodes } from '../../src/plan/plan-nodes.ts'
import { loadFixture, withClusterFile } from '../config/load-fixture.ts'

const CLUSTER = `name: home
k3s: {datastore: etcd, endpoint: 10.0.0.9}
nodes:
  - {name: worker-1, profile: worker, labels: {disk: ssd}}
  - {name: 'server-[1-2]', profile: server, board: pi5, address: '10.0.0.[1-2]/24', network: {gateway: null}}
`

test('every plan holds the same list of all nodes, in the order of the cluster file', async () => {
  await withClusterFile(CLUSTER, async (file) => {
    const plans = planNodes((await loadFixture(file)).cluster)
    const members = plans[0]?.cluster
    expect(plans.every(({ cluster }) => cluster === members)).toBe(true)
    const server = { profile: 'server', role: 'server', board: 'pi5', labels: {} }
    const servers = [
      { ...server, name: 'server-1', address: '10.0.0.1', host: '10.0.0.1' },
      { ...server, name: 'server-2', address: '10.0.0.2', host: '10.0.0.2' },
    ]
    const worker = {
      name: 'worker-1',
      profile: 'worker',
      role: 'agent',
      board: 'any',
      labels: { disk: 'ssd' },
      address: null,
      host: 'worker-1.local',
    }
    expect(members).toEqual({
      name: 'home',
      endpoint: '10.0.0.9',
      nodes: [worker, ...servers],
      servers,
      agents: [worker],
    })
  })
})
