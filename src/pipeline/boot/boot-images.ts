import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { obtainBaseImage } from '../../base-images/obtain-base-image.ts'
import type { MachineEnd, MachineOptions } from '../../emulator/machine.ts'
import type { Milestone, MilestoneName } from '../../emulator/milestones.ts'
import { type Forward, withPrivateLink } from '../../emulator/private-link.ts'
import { requireEmulator } from '../../emulator/qemu.ts'
import { BuildError } from '../../errors.ts'
import { requireAddressSpace } from '../../host/process-limits.ts'
import type { BootBoard } from '../../image/evaluate-config-txt.ts'
import type { Progress } from '../../progress.ts'
import { bootNode, type EmulatedNode, insertCard } from './emulated-node.ts'

export interface BootRequest extends Pick<MachineOptions, 'onLine'> {
  /** Files (raw or compressed), URLs or catalog ids. The images start together, on one private link. */
  readonly images: readonly string[]
  readonly board: BootBoard
  /** Size of each card. */
  readonly diskByteLength: number
  readonly memoryMiB: number
  /** The milestones that each image must reach. */
  readonly until: readonly MilestoneName[]
  readonly timeoutMs: number
  readonly kernel: EmulatedNode['kernel']
  /** Network of the private link, such as 10.0.2.0/24. */
  readonly network: string
  readonly forwards: readonly Forward[]
  readonly forwardProgram: readonly string[]
  readonly workingFolder: string
  readonly cacheFolder: string
  /** Number of threads that unpack. */
  readonly workerCount: number
  readonly temporaryFolder: string
  readonly now: Date
  readonly signal: AbortSignal
  readonly progress: Progress
  readonly onNote: (note: string, machine: string) => void
}

export interface BootedImage {
  readonly image: string
  readonly name: string
  /** Seconds count from the first start. */
  readonly milestones: readonly Milestone[]
  /** Number of starts: a machine that reboots is started again, from its card as it is then. */
  readonly startCount: number
}

/**
 * Boots images in QEMU until each has reached its milestones. The images are not written to. Throws `BOOT_TIMED_OUT`, `BOOT_FAILED`,
 * `EMULATOR_MISSING`, and the errors of reading an image.
 */
export async function bootImages(request: BootRequest): Promise<readonly BootedImage[]> {
  requireAddressSpace()
  const { temporaryFolder, signal } = request
  await requireEmulator(signal)
  // The name is short, because the path of a unix socket has at most about 100 bytes.
  const folder = await mkdtemp(join(temporaryFolder, 'bantam-'))
  try {
    const nodes: EmulatedNode[] = []
    for (const [index, image] of request.images.entries())
      nodes.push(await prepareNode(image, join(folder, String(index)), nodes, request))
    const link = {
      folder,
      network: request.network,
      memberCount: nodes.length,
      forwards: request.forwards,
      entrances: [],
      forwardProgram: request.forwardProgram,
    }
    return await withPrivateLink(link, request.signal, (sockets, signal) =>
      bootTogether(nodes, sockets, signal, request),
    )
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function prepareNode(
  image: string,
  folder: string,
  earlier: readonly EmulatedNode[],
  request: BootRequest,
): Promise<EmulatedNode> {
  await mkdir(folder)
  const isFile = await stat(resolve(request.workingFolder, image)).then(
    (stats) => stats.isFile(),
    () => false,
  )
  const { path } = await obtainBaseImage([image], {
    // The user's file is unpacked for this run only, not into the cache.
    cacheFolder: isFile ? join(folder, 'cache') : request.cacheFolder,
    workerCount: request.workerCount,
    baseFolder: request.workingFolder,
    format: 'raw',
    now: request.now,
    signal: request.signal,
    progress: request.progress,
  })
  const stem = basename(image).replace(/\.img(\.xz|\.gz)?$/, '')
  const name = earlier.some((node) => node.name === stem) ? `${stem}-${earlier.length + 1}` : stem
  const node: EmulatedNode = {
    name,
    image: path,
    board: request.board,
    folder,
    memoryMiB: request.memoryMiB,
    processorCount: 2,
    kernel: request.kernel,
  }
  const { size } = await stat(path)
  await insertCard(node, Math.max(size, request.diskByteLength), request.signal)
  return node
}

/** Boots all images. The first failure ends all of them: a worker cannot join a server that does not start. */
async function bootTogether(
  nodes: readonly EmulatedNode[],
  sockets: readonly string[],
  linkSignal: AbortSignal,
  request: BootRequest,
): Promise<readonly BootedImage[]> {
  const others = new AbortController()
  const signal = AbortSignal.any([linkSignal, others.signal])
  // A server must stay on until its workers have joined.
  const allReached = new Latch(nodes.length)
  const booting = nodes.map((node, index) =>
    bootUntil(node, sockets[index] ?? null, { ...request, image: request.images[index] ?? '', signal, allReached }),
  )
  try {
    return await Promise.all(booting)
  } finally {
    others.abort()
    // The caller deletes their folders next.
    await Promise.allSettled(booting)
  }
}

interface BootUntilOptions extends BootRequest {
  readonly image: string
  readonly allReached: Latch
}

/**
 * Boots one image, and boots it again after each reboot, until all images have reached all milestones. A milestone stays reached across
 * reboots, because a node may report it only once.
 */
async function bootUntil(
  node: EmulatedNode,
  linkSocket: string | null,
  { image, until, timeoutMs, signal, onLine, onNote, allReached }: BootUntilOptions,
): Promise<BootedImage> {
  const startedAt = performance.now()
  const found = new Map<MilestoneName, Milestone>()
  for (let startCount = 1; ; startCount += 1) {
    const passedMs = performance.now() - startedAt
    const end = await bootNode(
      node,
      {
        linkSocket,
        clock: null,
        signal,
        onLine,
        onNote: (note) => {
          onNote(note, node.name)
        },
      },
      async (machine) => {
        try {
          await Promise.all(
            until.filter((name) => !found.has(name)).map((name) => machine.reach(name, timeoutMs - passedMs)),
          )
          allReached.arrive(node.name)
          return await Promise.race([allReached.done, machine.ended])
        } catch (error) {
          if (machine.end !== 'reset') throw error
          return machine.end
        } finally {
          addMilestones(found, machine.milestones, passedMs)
        }
      },
    )
    if (end === undefined) return { image, name: node.name, milestones: [...found.values()], startCount }
    if (end !== 'reset') throw endedEarly(node, end)
    if (performance.now() - startedAt >= timeoutMs)
      throw new BuildError('BOOT_TIMED_OUT', {
        machine: node.name,
        awaited: until.join(', '),
        seconds: Math.round(timeoutMs / 1000),
        lastLine: 'it is rebooting',
      })
  }
}

function endedEarly({ name }: EmulatedNode, end: MachineEnd): BuildError {
  return new BuildError('BOOT_FAILED', {
    machine: name,
    line: `it has ended (${end}) before the others reached their milestones`,
    cause: null,
  })
}

/** Adds the milestones of one start, `passedMs` after the first. A milestone that an earlier start reached keeps its time. */
function addMilestones(found: Map<MilestoneName, Milestone>, reached: readonly Milestone[], passedMs: number): void {
  for (const one of reached) {
    if (!found.has(one.name))
      found.set(one.name, { ...one, seconds: Math.round(one.seconds * 10 + passedMs / 100) / 10 })
  }
}

/** Resolves `done` when `count` nodes have arrived. */
class Latch {
  readonly done: Promise<undefined>
  readonly #count: number
  readonly #arrived = new Set<string>()
  #resolve: (value: undefined) => void = () => undefined

  constructor(count: number) {
    this.#count = count
    this.done = new Promise((resolve) => {
      this.#resolve = resolve
    })
  }

  arrive(name: string): void {
    this.#arrived.add(name)
    if (this.#arrived.size === this.#count) this.#resolve(undefined)
  }
}
