import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { renderCluster } from '../dist/pipeline/render/render-cluster.js'
import { benchProject } from './inject-one-node.mjs'
import { median, timed } from './measure.mjs'

const ROUNDS = 3
const LIMIT_SECONDS = 5
/** Twice the nodes may take this many times as long: growth with the square would take four times. */
const LIMIT_GROWTH = 2.6

/** Loading, planning and rendering of 500, 1,000 and 2,000 nodes. */
export async function benchPlan({ folder }) {
  const seconds = new Map()
  for (const count of [500, 1000, 2000]) {
    const clusterFile = join(folder, `cluster-${count}.yaml`)
    const groups = Array.from(
      { length: count / 250 },
      (_, group) => `  - {name: "worker-${group}-[1-250]", profile: worker, address: "10.1.${group}.[1-250]/8"}\n`,
    )
    writeFileSync(
      clusterFile,
      `name: bench\nnodes:\n  - {name: server-1, profile: server, address: 10.0.0.1/8}\n${groups.join('')}`,
    )
    const runs = []
    for (let round = 0; round <= ROUNDS; round += 1) {
      const run = await timed(() =>
        renderCluster(
          benchProject(folder, clusterFile),
          { profiles: [], nodes: [] },
          { secretsPlace: 'image', renewal: 'expiring' },
        ),
      )
      if (round > 0) runs.push(run)
    }
    seconds.set(count, median(runs))
  }
  const growth = seconds.get(2000) / seconds.get(1000)
  const all = [...seconds].map(([count, value]) => `${count} nodes ${value.toFixed(2)} s`).join(', ')
  return [
    {
      measure: '2,000 nodes loaded, planned and rendered',
      value: `${seconds.get(2000).toFixed(2)} s`,
      limit: `${LIMIT_SECONDS} s`,
      held: seconds.get(2000) <= LIMIT_SECONDS,
      details: `medians of ${ROUNDS} runs: ${all}`,
    },
    {
      measure: 'growth from 1,000 to 2,000 nodes',
      value: `${growth.toFixed(2)} x`,
      limit: `${LIMIT_GROWTH} x`,
      held: growth <= LIMIT_GROWTH,
      details: all,
    },
  ]
}
