// @module-tag slow
import { expect, test } from 'vitest'
import { planNodes } from '../../src/plan/plan-nodes.ts'
import { countSteps } from '../support/count-steps.ts'
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

async function stepsForFleet(count: number): Promise<number> {
  return withClusterFile(writeFleet(count), async (file) => {
    const { steps } = await countSteps(async () => {
      const { cluster, warnings } = await loadFixture(file)
      const plans = planNodes(cluster)
      expect(warnings).toEqual([])
      expect(plans).toHaveLength(count + 1)
      expect(plans.at(-1)?.k3s?.config['node-label']).toEqual(['fleet=1', `slot=${count - 1}`])
    })
    return steps
  })
}

test('each of two thousand nodes needs no more steps than each of two hundred', async () => {
  // What is done once a process is done.
  await stepsForFleet(1)
  const small = await stepsForFleet(200)
  const large = await stepsForFleet(2000)
  // Ten times the nodes. One look at every node for each node would be a hundred times as much.
  expect(large / small).toBeLessThan(11)
})
