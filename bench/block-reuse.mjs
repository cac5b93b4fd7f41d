import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { planXzSegments } from '../dist/artifact/plan-xz-segments.js'
import { decodeBlocks } from '../dist/base-images/format/decode-blocks.js'
import { decodeWithXz } from '../dist/base-images/format/decode-with-xz.js'
import { withFileDevice } from '../dist/disk/file-device.js'
import { readFileState } from '../dist/host/file-state.js'
import { withPatchedImage } from '../dist/image/patch-image.js'
import { withOpenBases } from '../dist/image/with-open-bases.js'
import { readXzLayout } from '../dist/xz/container/xz-layout.js'
import { cliPath, inPairs, runNode, runProcess, timed } from './measure.mjs'

const NODE_COUNT = 10
const ROUNDS = 3
const signal = new AbortController().signal

/** Ten nodes' .img.xz from one .img.xz with many blocks: BANTAM_BENCH_XZ, else the base packed with `xz -6 -T2`. */
export async function benchBlockReuse({ folder, base }) {
  const xz = process.env.BANTAM_BENCH_XZ ?? pack(base)
  const clusterFile = join(folder, 'xz-cluster.yaml')
  writeFileSync(
    clusterFile,
    `name: packed\nnodes:\n  - {name: server-1, profile: server, address: 10.0.0.1/8}\n  - {name: "worker-[1-${NODE_COUNT}]", profile: worker, address: "10.0.1.[1-${NODE_COUNT}]/8"}\n`,
  )
  const build = (...more) =>
    runNode([cliPath, 'build-image', '--cluster', clusterFile, '--base', xz, '--out', join(folder, 'out'), ...more], {
      cwd: folder,
      env: { ...process.env, HOME: folder, BANTAM_CACHE: join(folder, 'cache') },
    })
  const cold = build('--no-sync', '--node', 'worker-1').seconds
  const figures = [
    await tenNodes(folder, xz, build),
    size(folder, xz),
    await blocksForFat(folder, xz),
    memory(build),
    await oneMore(build),
    await wholeDecode(folder, xz),
  ].flat()
  return figures.map((figure) => ({
    ...figure,
    details: `${figure.details}; cold cache, first node: ${cold.toFixed(1)} s`,
  }))
}

function pack(base) {
  runProcess('xz', ['-k', '-6', '-T2', base])
  return `${base}.xz`
}

async function tenNodes(folder, xz, build) {
  const copies = join(folder, 'copies')
  const cp = () => {
    rmSync(copies, { recursive: true, force: true })
    mkdirSync(copies)
    return timed(() => {
      for (let index = 0; index < NODE_COUNT; index += 1) runProcess('cp', [xz, join(copies, `${index}.xz`)])
    })
  }
  const ours = (...more) => {
    rmSync(join(folder, 'out'), { recursive: true, force: true })
    return build('--profile', 'worker', ...more).seconds
  }
  const unflushed = () => ours('--no-sync')
  const pairs = await inPairs(ROUNDS, unflushed, cp)
  const flushing = await inPairs(ROUNDS, () => ours(), unflushed)
  rmSync(copies, { recursive: true, force: true })
  const figures = [
    figure(
      'ten nodes’ .img.xz from one .img.xz, against cp of it ten times',
      pairs.ratio,
      1.5,
      'x',
      `--no-sync; medians of ${ROUNDS} pairs of whole processes: ${pairs.first.toFixed(2)} s against ${pairs.second.toFixed(2)} s`,
    ),
    {
      ...figure(
        'price of flushing: ten nodes flushed and read back from the disk, against --no-sync',
        flushing.ratio,
        Infinity,
        'x',
        `medians of ${ROUNDS} pairs of whole processes: ${flushing.first.toFixed(2)} s against ${flushing.second.toFixed(2)} s`,
      ),
      limit: 'none',
    },
  ]
  if (process.env.BANTAM_BENCH_PACK_SECONDS) {
    const seconds = Number(process.env.BANTAM_BENCH_PACK_SECONDS)
    figures.push(
      figure(
        'the same against packing each node with xz -6 -T0',
        pairs.first / (NODE_COUNT * seconds),
        0.01,
        'x',
        `xz took ${seconds} s once`,
      ),
    )
  }
  return figures
}

function size(folder, xz) {
  const growth = statSync(join(folder, 'out/packed/worker-1.img.xz')).size / statSync(xz).size - 1
  return [figure('size of a result over its source', growth * 100, 1.5, '%', `${statSync(xz).size} bytes`)]
}

/** How many blocks are decoded for edits of the FAT alone: on a cold cache, which keeps them, and on a warm one. */
async function blocksForFat(folder, xz) {
  const node = {
    nodeName: 'n',
    instanceId: 'n',
    files: [],
    folders: [],
    absent: [],
    links: [],
    seeds: {
      nocloud: {
        files: ['user-data', 'meta-data', 'network-config'].map((path) => ({
          volume: 'boot',
          path,
          content: Buffer.from('x\n'),
          mode: 0,
          uid: 0,
          gid: 0,
        })),
        links: [],
        cmdlineTokens: ['a=1'],
      },
      firstrun: { files: [], links: [], cmdlineTokens: [] },
    },
    cmdlineTokens: [],
    configTxtLines: ['a=1'],
  }
  const place = { path: xz, state: readFileState(xz), blocksFolder: join(folder, 'fat-only') }
  const once = () =>
    withOpenBases([place], { workerCount: 2, signal }, (baseOf) =>
      withPatchedImage(baseOf(place), node, null, async (image) => {
        const { xz: source } = baseOf(place)
        const segments = await planXzSegments(image, source)
        const edited = new Set(
          segments
            .filter(({ kind }) => kind === 'packed')
            .map(({ byteStart }) =>
              source.layout.blocks.findIndex((block) => byteStart < block.byteStart + block.byteLength),
            ),
        )
        return { all: source.layout.blocks.length, decoded: source.blocks.decodedCount, edited: edited.size }
      }),
    )
  const cold = await once()
  const warm = await once()
  return [
    figure(
      'blocks decoded for a node with FAT edits only, warm cache',
      (100 * warm.decoded) / warm.all,
      3,
      '%',
      `${warm.decoded} of ${warm.all}; pieces of ${warm.edited} are packed again and decoded from the result`,
    ),
    figure(
      'the same for the first node on a cold cache',
      (100 * cold.decoded) / cold.all,
      3,
      '%',
      `${cold.decoded} of ${cold.all}, kept in the cache: those read to mount both volumes and to tell the system among them`,
    ),
  ]
}

function memory(build) {
  const { peakBytes } = build('--profile', 'worker', '--jobs', '2')
  return [figure('peak memory for ten nodes, --jobs 2', peakBytes / 1e6, 350, 'MB', 'whole process')]
}

async function oneMore(build) {
  const five = () => build(...[1, 2, 3, 4, 5].flatMap((index) => ['--node', `worker-${index}`])).seconds
  const ten = () => build('--profile', 'worker').seconds
  const pairs = await inPairs(ROUNDS, ten, five)
  return [
    figure(
      'ten nodes against five: time per further node',
      (pairs.first - pairs.second) / 5 / (pairs.second / 5),
      1.1,
      'x of a node among five',
      `${pairs.first.toFixed(2)} s and ${pairs.second.toFixed(2)} s`,
    ),
  ]
}

async function wholeDecode(folder, xz) {
  const target = join(folder, 'decoded.img')
  const ours = () => {
    rmSync(target, { force: true })
    return timed(async () => {
      const layout = await withFileDevice(xz, (device) => readXzLayout(device, xz))
      await decodeBlocks(xz, layout, target, {
        file: xz,
        workerCount: availableParallelism(),
        signal,
        onDecoded: () => undefined,
      })
    })
  }
  const system = () => timed(() => runProcess('sh', ['-c', `xz -dc -T0 '${xz}' > '${target}.xz-dc'`]))
  const withXz = () => {
    rmSync(target, { force: true })
    return timed(async () => {
      const { byteLength } = await withFileDevice(xz, (device) => readXzLayout(device, xz))
      if (
        !(await decodeWithXz(xz, target, byteLength, {
          workerCount: availableParallelism(),
          signal,
          onDecoded: () => undefined,
        }))
      )
        throw new Error('xz failed')
    })
  }
  const pairs = await inPairs(ROUNDS, ours, system)
  const systemPairs = await inPairs(ROUNDS, withXz, system)
  return [
    figure(
      'whole decode by the system’s xz, against xz -dc -T0',
      systemPairs.ratio,
      1.1,
      'x',
      `medians of ${ROUNDS} pairs: ${systemPairs.first.toFixed(2)} s against ${systemPairs.second.toFixed(2)} s`,
    ),
    figure(
      'whole decode by threads of our own, against xz -dc -T0',
      pairs.ratio,
      1.6,
      'x',
      `medians of ${ROUNDS} pairs: ${pairs.first.toFixed(2)} s against ${pairs.second.toFixed(2)} s`,
    ),
  ]
}

function figure(measure, value, limit, unit, details) {
  return {
    measure,
    value: `${value.toFixed(value < 0.1 ? 4 : 2)} ${unit}`,
    limit: `${limit} ${unit}`,
    held: value <= limit,
    details,
  }
}
