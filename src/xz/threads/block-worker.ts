/**
 * A thread that unpacks and packs blocks. It runs jobs one after the other, until the thread that started it closes it.
 */
import { workerData } from 'node:worker_threads'
import { withFileDevice, withWritableFileDevice } from '../../disk/file-device.ts'
import { requireRange } from '../../disk/require-range.ts'
import { unreachable } from '../../errors.ts'
import { SECTOR_BYTES } from '../../units.ts'
import { decodeBlock } from '../container/decode-block.ts'
import { writeStream } from '../container/write-stream.ts'
import {
  BEATS,
  type BlockJob,
  type BlockReply,
  type BlockTarget,
  type BlockWorkerData,
  type CheckJob,
  type NumberedJob,
  packFailure,
  READY_ID,
  REPLIES,
} from './block-job.ts'
import { collectBlock } from './collect-block.ts'
import { packRange } from './pack-range.ts'
import { writeBlock } from './write-block.ts'

// `BlockThread` passes exactly this type.
const { port, state } = workerData as BlockWorkerData
const { signal } = new AbortController()
let lastJob: Promise<void> = Promise.resolve()

port.on('message', (job: NumberedJob) => {
  lastJob = lastJob.then(() => serve(job))
})
post({ id: READY_ID, data: null })

async function serve(job: NumberedJob): Promise<void> {
  try {
    post({ id: job.id, data: await perform(job) })
  } catch (error) {
    post({ id: job.id, failure: packFailure(error) })
  }
}

async function perform(job: NumberedJob): Promise<Uint8Array | null> {
  switch (job.kind) {
    case 'unpack':
      return job.target === null ? unpack(job) : unpackToFile(job, job.target)
    case 'check':
      return checkBlock(job)
    case 'pack':
      return packRange(job, signal)
    case 'write':
      return writeStream(job.path, job, {
        mode: job.mode,
        onWritten: (byteLength) => {
          Atomics.store(job.written, 0, BigInt(byteLength))
          Atomics.add(state, BEATS, 1)
        },
      })
    default:
      throw unreachable(job)
  }
}

async function checkBlock({ source, file, block }: CheckJob): Promise<Uint8Array> {
  let head = new Uint8Array(0)
  await withFileDevice(source, async (device) => {
    for await (const piece of withBeats(decodeBlock(device, block, { file, signal }))) {
      if (head.byteLength < SECTOR_BYTES) head = Buffer.concat([head, piece]).subarray(0, SECTOR_BYTES)
    }
  })
  return Uint8Array.from(head)
}

async function unpack({ source, file, block, memory }: BlockJob): Promise<Uint8Array<ArrayBuffer>> {
  return withFileDevice(source, (device) =>
    collectBlock(withBeats(decodeBlock(device, block, { file, signal })), {
      byteLength: block.byteLength,
      file,
      memory,
    }),
  )
}

async function unpackToFile({ source, file, block }: BlockJob, target: BlockTarget): Promise<null> {
  await withFileDevice(source, (device) =>
    withWritableFileDevice(target.path, async (targetDevice) => {
      requireRange(targetDevice, target.byteOffset, block.byteLength)
      await writeBlock(withBeats(decodeBlock(device, block, { file, signal })), targetDevice, target.byteOffset)
    }),
  )
  return null
}

async function* withBeats(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const piece of pieces) {
    Atomics.add(state, BEATS, 1)
    yield piece
  }
}

function post(reply: BlockReply & { readonly data?: Uint8Array | null }): void {
  const memory = reply.data?.buffer
  port.postMessage(reply, memory instanceof ArrayBuffer ? [memory] : [])
  // Counted after the message is posted, so that the woken thread finds it.
  Atomics.add(state, REPLIES, 1)
  Atomics.notify(state, REPLIES)
}
