import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { withPrivateLink } from '../dist/emulator/private-link.js'
import { bootNode, insertCard } from '../dist/pipeline/boot/emulated-node.js'
import { cliPath, inPairs, median, projectFolder } from './measure.mjs'

const ROUNDS = 2
const VERSION = 'v1.36.4+k3s1'
const DISK_BYTES = 4 * 1024 ** 3
const BOOT_MS = 900_000

/**
 * Boots a worker's image, whose server is up, and its untouched base in turn, in QEMU. BANTAM_BENCH_BOOT_BASE names a raw base image whose kernel has QEMU's
 * drivers; without it there is nothing to measure. k3s is the stand-in of the boot tests.
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
    writeFileSync(
      join(folder, 'cluster.yaml'),
      `name: bench
network: {gateway: 10.77.0.2, clockWaitSeconds: 0}
k3s: {version: ${VERSION}, releaseUrl: "http://10.77.0.4"}
nodes:
  - {name: server-1, profile: server, address: 10.77.0.11/24}
  - {name: worker-1, profile: worker, address: 10.77.0.12/24}
`,
    )
    await bantam(folder, ['build-image', '--base', base, '--format', 'img'])
    const link = {
      folder,
      network: '10.77.0.0/24',
      memberCount: 2,
      entrances: [],
      forwardProgram: [process.execPath, `${projectFolder}dist/cli/forward-connection.js`],
      forwards: [{ address: '10.77.0.4', port: 80, hostPort: releases.address().port }],
    }
    return await withPrivateLink(link, new AbortController().signal, async ([serverSocket, otherSocket], signal) => {
      const boot = (name, image, linkSocket, use) => bootFresh({ folder, name, image, linkSocket, signal }, use)
      return boot('server-1', join(folder, 'out/bench/server-1.img'), serverSocket, async (server) => {
        await Promise.all([server.reach('joined', BOOT_MS), server.reach('cloud-init done', BOOT_MS)])
        const joins = []
        const pairs = await inPairs(
          ROUNDS,
          () =>
            boot('worker', join(folder, 'out/bench/worker-1.img'), otherSocket, async (worker) => {
              await Promise.all([worker.reach('joined', BOOT_MS), worker.reach('cloud-init done', BOOT_MS)])
              joins.push(secondsTo('joined', worker))
              return secondsTo('cloud-init done', worker)
            }),
          () =>
            boot('base', base, otherSocket, async (machine) => {
              await machine.reach('cloud-init done', BOOT_MS)
              return secondsTo('cloud-init done', machine)
            }),
        )
        // The first round does not count, as in the pairs.
        const join_ = median(joins.slice(1))
        const reference = `${pairs.second.toFixed(1)} s to cloud-init done of the untouched base`
        return [
          figure(
            'boot to cloud-init done, against the untouched base',
            pairs.ratio,
            `medians of ${ROUNDS} pairs: ${pairs.first.toFixed(1)} s against ${reference}`,
          ),
          figure(
            'boot to the join of a worker whose server is up (stand-in for k3s), against cloud-init done of the untouched base',
            join_ / pairs.second,
            `${join_.toFixed(1)} s against ${reference}; the server itself served after ${secondsTo('joined', server)} s`,
          ),
        ]
      })
    })
  } finally {
    releases.close()
  }
}

/** Boots a fresh card, alone but for what runs already. */
async function bootFresh({ folder, name, image, linkSocket, signal }, use) {
  const node = {
    name,
    image,
    board: 'pi4',
    folder: join(folder, name),
    memoryMiB: 768,
    processorCount: 2,
    kernel: null,
  }
  mkdirSync(node.folder, { recursive: true })
  await insertCard(node, DISK_BYTES, signal)
  return bootNode(node, { linkSocket, clock: null, signal, onNote: () => undefined, onLine: () => undefined }, use)
}

function figure(measure, ratio, details) {
  return { measure, value: `${ratio.toFixed(2)} x`, limit: '1.25 x', held: ratio <= 1.25, details }
}

function secondsTo(name, { milestones }) {
  return milestones.find((milestone) => milestone.name === name)?.seconds
}

/** Without blocking, since the releases are served from here. */
async function bantam(folder, parameters) {
  const child = spawn(process.execPath, [cliPath, ...parameters], {
    cwd: folder,
    env: { ...process.env, HOME: folder, BANTAM_CACHE: join(folder, 'cache') },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (bytes) => (stdout += bytes))
  child.stderr.on('data', (bytes) => (stderr += bytes))
  const status = await new Promise((resolve) => child.on('close', resolve))
  if (status !== 0) throw new Error(`bantam ${parameters.join(' ')} failed:\n${stderr}${stdout}`)
  return stdout
}

async function serveRelease() {
  const binary = Buffer.from(
    readFileSync(`${projectFolder}test/boot/stand-in/k3s`, 'utf8').replace(
      /^INSTALLED_VERSION = '[^']*'/m,
      `INSTALLED_VERSION = '${VERSION}'`,
    ),
  )
  const sums = `${createHash('sha256').update(binary).digest('hex')}  k3s-arm64\n`
  const server = createServer((request, response) => {
    const body = request.url?.endsWith('/k3s-arm64') ? binary : Buffer.from(sums)
    response.writeHead(200, { 'content-length': body.byteLength }).end(body)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}
