import { expect, test } from 'vitest'
import { planNodes } from '../../src/plan/plan-nodes.ts'
import { loadFixture, withClusterFile } from './load-fixture.ts'

const head =
  'name: fleet\nnetwork: {gateway: 10.1.0.1, dns: [10.1.0.1]}\nk3s: {serverConfig: {cluster-cidr: 10.32.0.0/12, service-cidr: 10.64.0.0/16}}\nlabels: {fleet: "1"}\nnodes:\n'
const server = '  - {name: server-1, profile: server, address: 10.1.0.10/16}\n'

function writeFleet(count: number): string {
  const workers = Array.from({ length: count }, (_, index) => {
    const address = `10.1.${Math.floor(index / 250) + 1}.${(index % 250) + 1}/16`
    return `  - {name: worker-${index + 1}, profile: worker, board: pi4, address: ${address}, labels: {slot: "${index}"}}\n`
  })
  return head + server + workers.join('')
}

async function timeFleet(count: number): Promise<number> {
  return withClusterFile(writeFleet(count), async (file) => {
    const startMs = performance.now()
    const { cluster, warnings } = await loadFixture(file)
    const plans = planNodes(cluster)
    const elapsedMs = performance.now() - startMs
    expect(warnings).toEqual([])
    expect(plans).toHaveLength(count + 1)
    expect(plans.at(-1)?.k3s?.config['node-label']).toEqual(['fleet=1', `slot=${count - 1}`])
    return elapsedMs
  })
}

test('two thousand nodes written one by one cost a second at most, and no more each than two hundred', async () => {
  await timeFleet(200)
  const smallMs = Math.min(await timeFleet(200), await timeFleet(200), await timeFleet(200))
  const largeMs = Math.min(await timeFleet(2000), await timeFleet(2000), await timeFleet(2000))
  expect(largeMs).toBeLessThan(1000)
  // Ten times the nodes; the rest is room for a busy machine. Quadratic work would cost a hundred times as much.
  expect(largeMs).toBeLessThan(30 * Math.max(smallMs, 10))
})
