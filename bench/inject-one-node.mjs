import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { renderCluster } from '../dist/pipeline/render/render-cluster.js'
import { inPairs, projectFolder, runProcess } from './measure.mjs'

const ROUNDS = 11
const LIMIT_SECONDS = 0.15

/** One node's files into a raw image, as a whole process, over `node -e 0`. */
export async function benchInject({ folder, base, clusterFile }) {
  const { nodes } = await renderCluster(
    benchProject(folder, clusterFile),
    { profiles: [], nodes: ['worker-1'] },
    { secretsPlace: 'image', renewal: 'expiring' },
  )
  const rendered = join(folder, 'worker-1.json')
  writeFileSync(
    rendered,
    JSON.stringify(nodes[0].node, (key, value) =>
      key === 'content' ? Buffer.from(Object.values(value)).toString('base64') : value,
    ),
  )
  const figures = await inPairs(
    ROUNDS,
    () => runProcess(process.execPath, [`${projectFolder}bench/inject.mjs`, base, rendered]).seconds,
    () => runProcess(process.execPath, ['-e', '0']).seconds,
  )
  return [
    {
      measure: "one node's files injected into a raw image and read back, over node -e 0",
      value: `${figures.difference.toFixed(3)} s`,
      limit: `${LIMIT_SECONDS} s`,
      held: figures.difference <= LIMIT_SECONDS,
      details: `medians of ${ROUNDS} pairs: ${figures.first.toFixed(3)} s against ${figures.second.toFixed(3)} s`,
    },
  ]
}

/** A project of the benchmark's folder, as the command line makes one. */
export function benchProject(folder, clusterFile) {
  return {
    clusterFile,
    seedsOverride: null,
    outFolder: join(folder, 'out'),
    workingFolder: folder,
    homeFolder: folder,
    shippedProfiles: `${projectFolder}profiles`,
    shippedSeeds: `${projectFolder}seeds`,
    randomBytes,
    secretsKeys: { identities: [], passphrase: null, askPassphrase: null },
    signal: new AbortController().signal,
    now: new Date(),
  }
}
