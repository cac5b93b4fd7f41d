import { type FileSource, pathOf } from '../../disk/file-device.ts'
import { BuildError } from '../../errors.ts'
import type { StreamPlan, WriteStreamOptions } from '../container/write-stream.ts'
import type { XzBlock } from '../container/xz-layout.ts'
import type { BlockJob, PackJob, ThreadJob } from './block-job.ts'
import { BlockThread } from './block-thread.ts'

/**
 * Unpacks and packs blocks of .xz files in separate threads. Returned data are verified with the block's check and the
 * index. Errors have the codes of `decodeXz`. They name `file`, if given, else the path.
 */
export interface BlockWorkers {
  /** Unpacks a block into memory that belongs to the caller. Calls wait if all threads are busy. */
  decode(source: FileSource, block: XzBlock, file?: string): Promise<Uint8Array>
  /**
   * Same as `decode`, but blocks the calling thread. File system code needs this, because its reads are synchronous.
   */
  decodeSync(source: FileSource, block: XzBlock, file?: string): Uint8Array
  /**
   * Unpacks a block into an existing file. The file must be long enough and hold zeros there, because runs of zeros are
   * not written. After an error, the file holds a part of the data.
   */
  decodeToFile(
    source: FileSource,
    block: XzBlock,
    targetPath: string,
    targetOffset: number,
    file?: string,
  ): Promise<void>
  decodeToFileSync(source: FileSource, block: XzBlock, targetPath: string, targetOffset: number, file?: string): void
  /** Unpacks a block only to check it. Returns the first sector of its data. */
  check(source: FileSource, block: XzBlock, file?: string): Promise<Uint8Array>
  /** Packs a range of a file, then unpacks and compares the result. Returns a complete .xz stream. */
  pack(range: PackRange): Promise<Uint8Array>
  /**
   * Writes an .xz of one stream into a new file. Returns the file's SHA-256, 32 bytes. `onWritten` is called from time
   * to time.
   */
  writeStream(path: string, plan: StreamPlan, options: WriteStreamOptions): Promise<Uint8Array>
  /** The largest number of threads. */
  readonly count: number
  /**
   * Takes back data that the caller no longer needs, and reuses their memory for other blocks. `data` are empty
   * afterwards.
   */
  recycle(data: Uint8Array): void
}

/** The input of `pack`: a part of a file, packed in blocks of `blockBytes`. */
export type PackRange = Omit<PackJob, 'kind' | 'file'>

export interface BlockWorkersOptions {
  /** Aborts waiting jobs with its reason. It does not interrupt the job of a `Sync` method. */
  readonly signal?: AbortSignal
}

/**
 * Passes `use` up to `count` threads that unpack and pack blocks, each with a dictionary of up to 64 MiB. The first one
 * starts at once, the others when they are needed. They end on every path, even during a job.
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
  /** A thread for `Sync` calls while all others are busy, perhaps with writing a whole file. */
  #spare: BlockThread | null = null
  #closing: Promise<unknown> | null = null
  #closed: Error | null = null

  constructor(count: number, signal: AbortSignal) {
    this.#count = Math.max(1, count)
    this.#signal = signal
  }

  /**
   * Starts the first thread and waits for it. An error that prevents threads from starting is then thrown before a
   * `Sync` call blocks.
   */
  async start(): Promise<void> {
    await this.#startThread().ready
  }

  async decode(source: FileSource, block: XzBlock, file = pathOf(source)): Promise<Uint8Array> {
    return requireData(await this.#schedule({ kind: 'unpack', source, file, block, target: null, memory: null }))
  }

  decodeSync(source: FileSource, block: XzBlock, file = pathOf(source)): Uint8Array {
    return requireData(
      this.#runSync({ kind: 'unpack', source, file, block, target: null, memory: this.#memory.pop() ?? null }),
    )
  }

  async decodeToFile(
    source: FileSource,
    block: XzBlock,
    targetPath: string,
    targetOffset: number,
    file = pathOf(source),
  ): Promise<void> {
    await this.#schedule({
      kind: 'unpack',
      source,
      file,
      block,
      target: { path: targetPath, byteOffset: targetOffset },
      memory: null,
    })
  }

  decodeToFileSync(
    source: FileSource,
    block: XzBlock,
    targetPath: string,
    targetOffset: number,
    file = pathOf(source),
  ): void {
    this.#runSync({
      kind: 'unpack',
      source,
      file,
      block,
      target: { path: targetPath, byteOffset: targetOffset },
      memory: null,
    })
  }

  async check(source: FileSource, block: XzBlock, file = pathOf(source)): Promise<Uint8Array> {
    return requireData(await this.#schedule({ kind: 'check', source, file, block }))
  }

  async pack(range: PackRange): Promise<Uint8Array> {
    return requireData(await this.#schedule({ kind: 'pack', file: pathOf(range.source), ...range }))
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
    // Transferred at once: a caller that still reads the data finds nothing, instead of another block.
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
