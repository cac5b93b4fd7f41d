import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { cliPath, inPairs, median, projectFolder } from './measure.mjs'

const ROUNDS = 2
const VERSION = 'v1.36.4+k3s1'

/**
 * Boots a server's image and its untouched base in turn, in QEMU. BANTAM_BENCH_BOOT_BASE names a raw base image whose kernel has QEMU's drivers; without it
 * there is nothing to measure. k3s is the stand-in of the boot tests.
 */
export async function benchBoot({ folder: parent }) {
  const base = process.env.BANTAM_BENCH_BOOT_BASE
  if (base === undefined) {
    process.stderr.write('skipped boot: BANTAM_BENCH_BOOT_BASE names no image that QEMU can boot\n')
    return []
  }
  const folder = mkdtempSync(join(parent, 'boot-'))
  const releases = await serveRelease()
  try {
    writeFileSync(join(folder, 'cluster.yaml'), `name: bench\nnetwork: {gateway: 10.0.2.2, clockWaitSeconds: 0}\nk3s: {version: ${VERSION}, releaseUrl: "http://10.0.2.4"}\nnodes:\n  - {name: server-1, profile: server, address: 10.0.2.11/24}\n`)
    await bantam(folder, ['build-image', '--base', base, '--format', 'img'])
    const joins = []
    const pairs = await inPairs(ROUNDS,
      async () => {
        const { milestones } = await boot(folder, ['out/bench/server-1.img', '--until', 'joined', '--until', 'cloud-init done', '--forward', `10.0.2.4:80=${releases.address().port}`])
        joins.push(secondsTo('joined', milestones))
        return secondsTo('cloud-init done', milestones)
      },
      async () => secondsTo('cloud-init done', (await boot(folder, [base])).milestones))
    // The first round does not count, as in the pairs.
    const join_ = median(joins.slice(1))
    return [
      figure('boot to cloud-init done, against the untouched base', pairs.ratio, `medians of ${ROUNDS} pairs: ${pairs.first.toFixed(1)} s against ${pairs.second.toFixed(1)} s`),
      figure('boot to a founding server that serves (stand-in for k3s), against cloud-init done of the untouched base', join_ / pairs.second, `${join_.toFixed(1)} s against ${pairs.second.toFixed(1)} s`),
    ]
  } finally {
    releases.close()
  }
}

function figure(measure, ratio, details) {
  return { measure, value: `${ratio.toFixed(2)} x`, limit: '1.25 x', held: ratio <= 1.25, details }
}

function secondsTo(name, milestones) {
  return milestones.find((milestone) => milestone.name === name)?.seconds
}

async function boot(folder, parameters) {
  const { images } = JSON.parse(await bantam(folder, ['boot', ...parameters, '--quiet', '--json', '--timeout', '900']))
  return images[0]
}

/** Without blocking, since the releases are served from here. */
async function bantam(folder, parameters) {
  const child = spawn(process.execPath, [cliPath, ...parameters], { cwd: folder, env: { ...process.env, HOME: folder, BANTAM_CACHE: join(folder, 'cache') }, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (bytes) => (stdout += bytes))
  child.stderr.on('data', (bytes) => (stderr += bytes))
  const status = await new Promise((resolve) => child.on('close', resolve))
  if (status !== 0) throw new Error(`bantam ${parameters.join(' ')} failed:\n${stderr}${stdout}`)
  return stdout
}

async function serveRelease() {
  const binary = Buffer.from(readFileSync(`${projectFolder}test/boot/stand-in/k3s`, 'utf8').replace(/^INSTALLED_VERSION = '[^']*'/m, `INSTALLED_VERSION = '${VERSION}'`))
  const sums = `${createHash('sha256').update(binary).digest('hex')}  k3s-arm64\n`
  const server = createServer((request, response) => {
    const body = request.url?.endsWith('/k3s-arm64') ? binary : Buffer.from(sums)
    response.writeHead(200, { 'content-length': body.byteLength }).end(body)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}
