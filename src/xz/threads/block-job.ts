/** Messages between a block thread and the thread that gives it jobs. All values can be carried by a message. */
import type { MessagePort } from 'node:worker_threads'
import type { FileSource } from '../../disk/file-device.ts'
import { BuildError, type ErrorCode, type ErrorFacts, isBuildError } from '../../errors.ts'
import { limitError } from '../../host/machine-error.ts'
import type { BlockCheck } from '../container/block-check.ts'
import type { StreamPlan } from '../container/write-stream.ts'
import type { XzBlock } from '../container/xz-layout.ts'

/** Where a block's data go: an offset in a file that is long enough and holds zeros there. */
export interface BlockTarget {
  readonly path: string
  readonly byteOffset: number
}

/** Unpacks a block. */
export interface BlockJob {
  readonly kind: 'unpack'
  readonly source: FileSource
  /** Named in errors. */
  readonly file: string
  readonly block: XzBlock
  /** Null: into memory. */
  readonly target: BlockTarget | null
  /** Memory of an earlier block for reuse. It is transferred to the thread. */
  readonly memory: ArrayBuffer | null
}

/** Decodes a block only to check it. Replies with the first sector of its data. */
export interface CheckJob {
  readonly kind: 'check'
  readonly source: FileSource
  readonly file: string
  readonly block: XzBlock
}

/** Packs a range of a file. Replies with an .xz of one stream, with one block per `blockBytes`. */
export interface PackJob {
  readonly kind: 'pack'
  readonly source: FileSource
  readonly file: string
  readonly byteOffset: number
  readonly byteLength: number
  readonly blockBytes: number
  readonly check: BlockCheck
}

/** Writes a new file of one stream. Replies with its SHA-256. */
export interface WriteJob extends StreamPlan {
  readonly kind: 'write'
  readonly path: string
  readonly file: string
  readonly mode: number
  /** Shared memory: the number of bytes written so far. */
  readonly written: BigUint64Array
}

export type ThreadJob = BlockJob | CheckJob | PackJob | WriteJob
export type NumberedJob = ThreadJob & { readonly id: number }

export type BlockReply =
  /** Null data: they went to a file. */
  { readonly id: number; readonly data: Uint8Array | null } | { readonly id: number; readonly failure: FailureMessage }

/** Id of a thread's first message, which means that it accepts jobs. */
export const READY_ID = 0

/** Data that a thread gets at its start. */
export interface BlockWorkerData {
  readonly port: MessagePort
  /** Shared memory: see the constants below. */
  readonly state: Int32Array
}

/** Index of the count of posted replies. A waiting thread is woken here. */
export const REPLIES = 0
/** Index of the count of processed pieces of data, as a sign of life. */
export const BEATS = 1
/** Number of values in the shared state. */
export const STATE_COUNT = 2

export type FailureMessage =
  | { readonly code: ErrorCode; readonly facts: unknown }
  | { readonly message: string; readonly details: Readonly<Record<string, unknown>> }

/** Further fields of the system's errors, such as `ENOENT` and the path. */
const detailNames = ['name', 'code', 'errno', 'syscall', 'path', 'stack'] as const

/** Converts an error for a message. As an error object, it would lose its class and code. */
export function packFailure(cause: unknown): FailureMessage {
  // On the way, an error without a code loses its class, by which a lack of memory is known.
  const error = limitError(cause) ?? cause
  if (isBuildError(error)) return { code: error.code, facts: error.facts }
  if (!(error instanceof Error)) return { message: String(error), details: {} }
  const own = error as unknown as Readonly<Record<string, unknown>>
  return { message: error.message, details: Object.fromEntries(detailNames.map((name) => [name, own[name]])) }
}

/** Converts the message of a thread's error back into an error. */
export function unpackFailure(failure: FailureMessage): Error {
  // The other thread sent code and facts as a pair.
  if ('code' in failure) return new BuildError(failure.code, failure.facts as ErrorFacts<ErrorCode>)
  return Object.assign(new Error(failure.message), failure.details)
}
