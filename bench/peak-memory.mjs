import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { cliPath, projectFolder, runNode, runProcess } from './measure.mjs'

const LIMIT_BYTES = 300e6
const MIB = 1024 * 1024

/** Peak memory of a whole build, from sparse base images of 4 GB and 12 GB. */
export async function benchMemory({ folder, clusterFile }) {
  const figures = []
  for (const rootMib of [4000, 12000]) {
    const base = join(folder, `base-${rootMib}.img`)
    runProcess('bash', [`${projectFolder}test/fixtures/make-small-image.sh`, 'raspios', base], {
      env: { ...process.env, ROOT_MIB: String(rootMib) },
    })
    const parameters = [
      cliPath,
      'build-image',
      '--format',
      'img',
      '--cluster',
      clusterFile,
      '--node',
      'worker-1',
      '--base',
      base,
      '--out',
      join(folder, 'out'),
    ]
    const { peakBytes, seconds } = runNode(parameters, { cwd: folder, env: { ...process.env, HOME: folder } })
    figures.push({
      measure: `peak memory of a build from a sparse image of ${(statSync(base).size / 1e9).toFixed(1)} GB`,
      value: `${Math.round(peakBytes / 1e6)} MB`,
      limit: `${LIMIT_BYTES / 1e6} MB`,
      held: peakBytes <= LIMIT_BYTES,
      details: `one run of ${seconds.toFixed(1)} s, ${Math.round((statSync(base).blocks * 512) / MIB)} MiB on disk`,
    })
    rmSync(base)
    rmSync(join(folder, 'out'), { recursive: true })
  }
  return figures
}
