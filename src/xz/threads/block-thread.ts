import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads'
import { BuildError } from '../../errors.ts'
import {
  BEATS,
  type BlockJob,
  type BlockReply,
  type BlockWorkerData,
  type NumberedJob,
  READY_ID,
  REPLIES,
  STATE_COUNT,
  type ThreadJob,
  unpackFailure,
} from './block-job.ts'

/**
 * URL of the thread's file. In the built package it is next to this file. Run from sources, it is the file of the last
 * build.
 */
export const blockWorkerUrl = new URL(
  import.meta.url.endsWith('.ts') ? '../../../dist/xz/threads/block-worker.js' : './block-worker.js',
  import.meta.url,
)

/** How long a caller waits without a sign of life from the thread. */
export interface Patience {
  readonly stepMs: number
  /** Counts steps, not time: a process that was paused must not take its thread for dead when it continues. */
  readonly stepCount: number
}

const defaultPatience: Patience = { stepMs: 1000, stepCount: 60 }

interface Caller {
  readonly file: string
  readonly done: (data: Uint8Array | null) => void
  readonly failed: (error: Error) => void
}

/**
 * Controls one block thread from the thread that started it. It keeps the process alive only while a caller waits for
 * it.
 */
export class BlockThread {
  readonly ready: Promise<void>
  readonly #worker: Worker
  readonly #port: MessagePort
  readonly #patience: Patience
  readonly #state = new Int32Array(new SharedArrayBuffer(STATE_COUNT * Int32Array.BYTES_PER_ELEMENT))
  readonly #callers = new Map<number, Caller>()
  #lastId = READY_ID
  #lastWords = ''
  #end: Error | null = null

  constructor(url = blockWorkerUrl, patience = defaultPatience) {
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    this.#patience = patience
    this.ready = new Promise((resolve, reject) => {
      this.#callers.set(READY_ID, {
        file: '',
        done: () => {
          resolve()
        },
        failed: reject,
      })
    })
    // Callers that await `ready` get the error. Otherwise the first job reports it.
    this.ready.catch(() => undefined)
    const workerData: BlockWorkerData = { port: port2, state: this.#state }
    // The thread must not get flags of the process, such as those of a test runner.
    this.#worker = new Worker(url, { workerData, transferList: [port2], execArgv: [] })
    this.#worker.on('error', (error: Error) => {
      this.#lastWords = error.message
    })
    this.#worker.on('exit', () => {
      this.#receive()
      this.#die(null)
    })
    this.#port.on('message', (reply: BlockReply) => {
      this.#settle(reply)
    })
  }

  /** Number of unfinished jobs. */
  get jobCount(): number {
    return this.#callers.size
  }

  /** True after the thread has ended. It then accepts no more jobs. */
  get ended(): boolean {
    return this.#end !== null
  }

  /** Runs a job. Several jobs run one after the other. Returns null if the data went to a file. */
  run(job: ThreadJob): Promise<Uint8Array | null> {
    return new Promise((resolve, reject) => {
      this.#post(job, resolve, reject)
    })
  }

  /** Unpacks a block while the calling thread blocks. */
  runSync(job: BlockJob): Uint8Array | null {
    let outcome: { readonly data: Uint8Array | null } | { readonly error: Error } | null = null
    this.#post(
      job,
      (data) => (outcome = { data }),
      (error) => (outcome = { error }),
    )
    return this.#waitFor(() => outcome)
  }

  /** Ends the thread at once, even during a job. Its jobs fail with this reason. */
  async close(reason: Error): Promise<void> {
    this.#die(reason)
    await this.#worker.terminate()
  }

  #waitFor(
    outcomeOf: () => { readonly data: Uint8Array | null } | { readonly error: Error } | null,
  ): Uint8Array | null {
    let silentSteps = 0
    for (let beats = 0; ;) {
      // Read before the replies: a reply that arrives in between then ends the wait at once.
      const replies = Atomics.load(this.#state, REPLIES)
      this.#receive()
      const outcome = outcomeOf()
      if (outcome !== null) {
        if ('error' in outcome) throw outcome.error
        return outcome.data
      }
      if (Atomics.wait(this.#state, REPLIES, replies, this.#patience.stepMs) !== 'timed-out') continue
      const beatsNow = Atomics.load(this.#state, BEATS)
      silentSteps = beatsNow === beats ? silentSteps + 1 : 0
      beats = beatsNow
      // A blocked thread gets no event when the worker ends.
      if (silentSteps >= this.#patience.stepCount) void this.#giveUp()
    }
  }

  async #giveUp(): Promise<void> {
    this.#lastWords ||= `it gave no sign of life for ${(this.#patience.stepMs * this.#patience.stepCount) / 1000} s`
    this.#die(null)
    await this.#worker.terminate()
  }

  #post(job: ThreadJob, done: Caller['done'], failed: Caller['failed']): void {
    if (this.#end !== null) {
      failed(this.#end)
      return
    }
    const id = ++this.#lastId
    const numbered: NumberedJob = { ...job, id }
    this.#port.postMessage(numbered, job.kind === 'unpack' && job.memory !== null ? [job.memory] : [])
    this.#callers.set(id, { file: job.file, done, failed })
    this.#keepAlive()
  }

  /** Receives waiting replies without the event loop. */
  #receive(): void {
    for (
      let received = receiveMessageOnPort(this.#port);
      received !== undefined;
      received = receiveMessageOnPort(this.#port)
    ) {
      this.#settle(received.message as BlockReply)
    }
  }

  #settle(reply: BlockReply): void {
    const caller = this.#callers.get(reply.id)
    this.#callers.delete(reply.id)
    this.#keepAlive()
    if ('failure' in reply) caller?.failed(unpackFailure(reply.failure))
    else caller?.done(reply.data)
  }

  /** Fails all unfinished jobs. Null: the thread ended by itself. */
  #die(reason: Error | null): void {
    const callers = [...this.#callers.values()]
    this.#callers.clear()
    this.#end ??= reason ?? this.#death(callers.at(-1)?.file ?? '')
    this.#keepAlive()
    for (const { file, failed } of callers) failed(reason ?? this.#death(file))
  }

  #death(file: string): BuildError {
    return new BuildError('XZ_THREAD_ENDED', { file, reason: this.#lastWords })
  }

  #keepAlive(): void {
    const method = this.#callers.size > 0 ? 'ref' : 'unref'
    this.#worker[method]()
    this.#port[method]()
  }
}
