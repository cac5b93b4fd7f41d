import { BuildError } from '../../errors.ts'
import type { StreamPlan, WriteStreamOptions } from '../container/write-stream.ts'
import type { XzBlock } from '../container/xz-layout.ts'
import type { BlockJob, PackJob, ThreadJob } from './block-job.ts'
import { BlockThread } from './block-thread.ts'

/**
 * Unpacks and packs blocks of .xz files in threads of their own. Data have been verified against the block's check and the index.
 * Failures have the codes that `decodeXz` gives, and name `file` instead of `path` where it is given.
 */
export interface BlockWorkers {
  /** Unpacks a block into memory that belongs to the caller. Calls beyond the number of threads wait their turn. */
  decode(path: string, block: XzBlock, file?: string): Promise<Uint8Array>
  /** The same while the calling thread stands still: for file system code, which reads in the middle of its own work. */
  decodeSync(path: string, block: XzBlock, file?: string): Uint8Array
  /**
   * Unpacks a block into an existing file, which must be long enough and hold zeros there: runs of them are left out. After a
   * failure the file holds a part of the data.
   */
  decodeToFile(path: string, block: XzBlock, targetPath: string, targetOffset: number, file?: string): Promise<void>
  decodeToFileSync(path: string, block: XzBlock, targetPath: string, targetOffset: number, file?: string): void
  /** Unpacks a block for its check alone. Gives the first sector of its data. */
  check(path: string, block: XzBlock, file?: string): Promise<Uint8Array>
  /** Packs a range of a file, and unpacks and compares the result. Gives a whole .xz stream. */
  pack(range: PackRange): Promise<Uint8Array>
  /** Writes an .xz of one stream into a new file, and gives the file's SHA-256, 32 bytes. `onWritten` is called now and then. */
  writeStream(path: string, plan: StreamPlan, options: WriteStreamOptions): Promise<Uint8Array>
  /** How many threads there are at most. */
  readonly count: number
  /** Takes back data that are no longer needed, so that their memory serves for other blocks; `data` are empty from then on. */
  recycle(data: Uint8Array): void
}

/** What is packed: a part of a file, in blocks of `blockBytes`. */
export type PackRange = Omit<PackJob, 'kind' | 'file'>

export interface BlockWorkersOptions {
  /** Ends waiting jobs with its reason. A job that somebody waits for with a `Sync` method is not interrupted. */
  readonly signal?: AbortSignal
}

/**
 * Lends up to `count` threads that unpack and pack blocks, each with a dictionary of up to 64 MiB; all but the first are started when they
 * are needed. They end on every path, in the middle of their work if there is any.
 */
export async function withBlockWorkers<T>(
  count: number,
  use: (workers: BlockWorkers) => T | Promise<T>,
  { signal = new AbortController().signal }: BlockWorkersOptions = {},
): Promise<T> {
  signal.throwIfAborted()
  const pool = new Pool(count, signal)
  const abort = (): void => void pool.close(abortReason(signal))
  signal.addEventListener('abort', abort, { once: true })
  try {
    await pool.start()
    return await use(pool)
  } finally {
    signal.removeEventListener('abort', abort)
    await pool.close(new BuildError('BUG', { state: 'the threads for blocks were closed before the last block' }))
  }
}

const REPORT_MS = 100

interface QueuedJob {
  readonly job: ThreadJob
  readonly done: (data: Uint8Array | null) => void
  readonly failed: (error: unknown) => void
}

class Pool implements BlockWorkers {
  readonly #count: number
  readonly #signal: AbortSignal
  readonly #queue: QueuedJob[] = []
  readonly #memory: ArrayBuffer[] = []
  #threads: BlockThread[] = []
  /** For who stands still while all others are busy, perhaps with writing a whole file. */
  #spare: BlockThread | null = null
  #closing: Promise<unknown> | null = null
  #closed: Error | null = null

  constructor(count: number, signal: AbortSignal) {
    this.#count = Math.max(1, count)
    this.#signal = signal
  }

  /** Starts the first thread and waits for it, so that what keeps threads from starting is known before anybody stands still. */
  async start(): Promise<void> {
    await this.#startThread().ready
  }

  async decode(path: string, block: XzBlock, file = path): Promise<Uint8Array> {
    return requireData(await this.#schedule({ kind: 'unpack', path, file, block, target: null, memory: null }))
  }

  decodeSync(path: string, block: XzBlock, file = path): Uint8Array {
    return requireData(
      this.#runSync({ kind: 'unpack', path, file, block, target: null, memory: this.#memory.pop() ?? null }),
    )
  }

  async decodeToFile(
    path: string,
    block: XzBlock,
    targetPath: string,
    targetOffset: number,
    file = path,
  ): Promise<void> {
    await this.#schedule({
      kind: 'unpack',
      path,
      file,
      block,
      target: { path: targetPath, byteOffset: targetOffset },
      memory: null,
    })
  }

  decodeToFileSync(path: string, block: XzBlock, targetPath: string, targetOffset: number, file = path): void {
    this.#runSync({
      kind: 'unpack',
      path,
      file,
      block,
      target: { path: targetPath, byteOffset: targetOffset },
      memory: null,
    })
  }

  async check(path: string, block: XzBlock, file = path): Promise<Uint8Array> {
    return requireData(await this.#schedule({ kind: 'check', path, file, block }))
  }

  async pack(range: PackRange): Promise<Uint8Array> {
    return requireData(await this.#schedule({ kind: 'pack', file: range.path, ...range }))
  }

  async writeStream(path: string, plan: StreamPlan, { mode, onWritten }: WriteStreamOptions): Promise<Uint8Array> {
    const written = new BigUint64Array(new SharedArrayBuffer(BigUint64Array.BYTES_PER_ELEMENT))
    const reporting = setInterval(() => {
      onWritten(Number(Atomics.load(written, 0)))
    }, REPORT_MS)
    try {
      return requireData(await this.#schedule({ kind: 'write', path, file: path, mode, ...plan, written }))
    } finally {
      clearInterval(reporting)
    }
  }

  get count(): number {
    return this.#count
  }

  recycle({ buffer }: Uint8Array): void {
    if (!(buffer instanceof ArrayBuffer)) return
    // Moved at once, so that who still reads it finds nothing rather than another block.
    const memory = structuredClone(buffer, { transfer: [buffer] })
    if (this.#memory.length < this.#count) this.#memory.push(memory)
  }

  async close(reason: Error): Promise<void> {
    this.#closed ??= reason
    for (const { failed } of this.#queue.splice(0)) failed(reason)
    const threads = [...this.#threads.splice(0), ...(this.#spare === null ? [] : [this.#spare])]
    this.#closing ??= Promise.all(threads.map((thread) => thread.close(reason)))
    await this.#closing
  }

  #schedule(job: ThreadJob): Promise<Uint8Array | null> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ job, done: resolve, failed: reject })
      this.#dispatch()
    })
  }

  #dispatch(): void {
    if (this.#closed !== null) {
      for (const { failed } of this.#queue.splice(0)) failed(this.#closed)
      return
    }
    while (this.#queue.length > 0) {
      const thread = this.#freeThread()
      const next = thread === null ? undefined : this.#queue.shift()
      if (thread === null || next === undefined) return
      void thread
        .run(this.#withMemory(next.job))
        .then(next.done, next.failed)
        .finally(() => {
          this.#dispatch()
        })
    }
  }

  #withMemory(job: ThreadJob): ThreadJob {
    return job.kind === 'unpack' && job.target === null ? { ...job, memory: this.#memory.pop() ?? null } : job
  }

  #runSync(job: BlockJob): Uint8Array | null {
    this.#signal.throwIfAborted()
    if (this.#closed !== null) throw this.#closed
    const thread = this.#freeThread() ?? this.#spareThread()
    try {
      return thread.runSync(job)
    } finally {
      this.#dispatch()
    }
  }

  #freeThread(): BlockThread | null {
    this.#threads = this.#threads.filter((thread) => !thread.ended)
    const idle = this.#threads.find((thread) => thread.jobCount === 0)
    if (idle !== undefined) return idle
    return this.#threads.length < this.#count ? this.#startThread() : null
  }

  #spareThread(): BlockThread {
    if (this.#spare === null || this.#spare.ended) this.#spare = new BlockThread()
    return this.#spare
  }

  #startThread(): BlockThread {
    const thread = new BlockThread()
    this.#threads.push(thread)
    return thread
  }
}

function requireData(data: Uint8Array | null): Uint8Array {
  if (data === null)
    throw new BuildError('BUG', { state: 'a block that was to be unpacked into memory went elsewhere' })
  return data
}

function abortReason(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('aborted', { cause: signal.reason })
}
