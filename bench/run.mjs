/**
 * npm run bench [-- NAME …]: measures what bantam promises, each figure against a reference in the same run. Prints a table on
 * stderr and one JSON document on stdout. Names: inject, write, memory, plan, xz, boot. BANTAM_BENCH_BASE names a raw base image; without
 * it a small one is made.
 */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { cpus, totalmem, tmpdir } from 'node:os'
import { join } from 'node:path'
import { benchBlockReuse } from './block-reuse.mjs'
import { benchBoot } from './boot.mjs'
import { benchInject } from './inject-one-node.mjs'
import { projectFolder, runProcess } from './measure.mjs'
import { benchMemory } from './peak-memory.mjs'
import { benchPlan } from './plan-and-render.mjs'
import { benchWrite } from './write-raw-image.mjs'

const benchmarks = {
  inject: benchInject,
  write: benchWrite,
  memory: benchMemory,
  plan: benchPlan,
  xz: benchBlockReuse,
  boot: benchBoot,
}

const chosen = process.argv.slice(2)
const unknown = chosen.filter((name) => !(name in benchmarks))
if (unknown.length > 0)
  throw new Error(`no benchmark ${unknown.join(', ')}; there are ${Object.keys(benchmarks).join(', ')}`)

const folder = mkdtempSync(join(process.env.BANTAM_BENCH_FOLDER ?? tmpdir(), 'bantam-bench-'))
try {
  const base = makeBase()
  const context = { folder, base, clusterFile: join(folder, 'cluster.yaml') }
  writeFileSync(
    context.clusterFile,
    'name: bench\nos: ./base.img\nnodes:\n  - {name: server-1, profile: server, address: 10.0.0.1/8}\n  - {name: worker-1, profile: worker, address: 10.0.0.2/8}\n',
  )
  const figures = []
  for (const [name, benchmark] of Object.entries(benchmarks)) {
    if (chosen.length > 0 && !chosen.includes(name)) continue
    for (const figure of await benchmark(context)) {
      figures.push(figure)
      process.stderr.write(
        `${figure.held ? 'held  ' : 'MISSED'}  ${figure.measure}: ${figure.value} (at most ${figure.limit}); ${figure.details}\n`,
      )
    }
  }
  const machine = {
    node: process.version,
    cpus: cpus().length,
    model: cpus()[0]?.model,
    memoryBytes: totalmem(),
    platform: process.platform,
  }
  process.stdout.write(`${JSON.stringify({ machine, baseByteLength: statSync(base).size, figures }, null, 2)}\n`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function makeBase() {
  const path = join(folder, 'base.img')
  mkdirSync(folder, { recursive: true })
  if (process.env.BANTAM_BENCH_BASE) runProcess('cp', ['--sparse=always', process.env.BANTAM_BENCH_BASE, path])
  else runProcess('bash', [`${projectFolder}test/fixtures/make-small-image.sh`, 'raspios', path])
  copyFileSync(path, join(folder, 'warm-up.img'))
  rmSync(join(folder, 'warm-up.img'))
  return path
}
