/** What goes between a thread that unpacks blocks and the one that asks it to: values that a message can carry. */
import type { MessagePort } from 'node:worker_threads'
import { BuildError, type ErrorCode, type ErrorFacts, isBuildError } from '../../errors.ts'
import type { BlockCheck } from '../container/block-check.ts'
import type { StreamPlan } from '../container/write-stream.ts'
import type { XzBlock } from '../container/xz-layout.ts'

/** Where a block's data go, in a file that is long enough and holds zeros there. */
export interface BlockTarget {
  readonly path: string
  readonly byteOffset: number
}

/** Unpacks a block. */
export interface BlockJob {
  readonly kind: 'unpack'
  readonly path: string
  /** Named in errors. */
  readonly file: string
  readonly block: XzBlock
  /** Null: into memory. */
  readonly target: BlockTarget | null
  /** Memory of an earlier block to be used again; goes over to the thread. */
  readonly memory: ArrayBuffer | null
}

/** Decodes a block for its check alone; gives the first sector of its data. */
export interface CheckJob {
  readonly kind: 'check'
  readonly path: string
  readonly file: string
  readonly block: XzBlock
}

/** Packs a range of a file; gives an .xz of one stream with a block per `blockBytes`. */
export interface PackJob {
  readonly kind: 'pack'
  readonly path: string
  readonly file: string
  readonly byteOffset: number
  readonly byteLength: number
  readonly blockBytes: number
  readonly check: BlockCheck
}

/** Writes a new file of one stream; gives its SHA-256. */
export interface WriteJob extends StreamPlan {
  readonly kind: 'write'
  readonly path: string
  readonly file: string
  readonly mode: number
  /** Shared; holds the bytes written so far. */
  readonly written: BigUint64Array
}

export type ThreadJob = BlockJob | CheckJob | PackJob | WriteJob
export type NumberedJob = ThreadJob & { readonly id: number }

export type BlockReply =
  /** Data are null where they went to a file. */
  { readonly id: number; readonly data: Uint8Array | null } | { readonly id: number; readonly failure: FailureMessage }

/** A thread's first message, once it can take jobs. */
export const READY_ID = 0

/** Given to a thread at its start. */
export interface BlockWorkerData {
  readonly port: MessagePort
  /** Shared; see the constants below. */
  readonly state: Int32Array
}

/** Counts the replies that were posted: a waiting thread is woken here. */
export const REPLIES = 0
/** Counts pieces of data, as a sign of life. */
export const BEATS = 1
export const STATE_COUNT = 2

export type FailureMessage =
  | { readonly code: ErrorCode; readonly facts: unknown }
  | { readonly message: string; readonly details: Readonly<Record<string, unknown>> }

/** What else the system's errors say, such as `ENOENT` and the path. */
const detailNames = ['name', 'code', 'errno', 'syscall', 'path', 'stack'] as const

/** Puts a failure into a form that a message can carry: errors would lose their class and code. */
export function packFailure(error: unknown): FailureMessage {
  if (isBuildError(error)) return { code: error.code, facts: error.facts }
  if (!(error instanceof Error)) return { message: String(error), details: {} }
  const own = error as unknown as Readonly<Record<string, unknown>>
  return { message: error.message, details: Object.fromEntries(detailNames.map((name) => [name, own[name]])) }
}

/** Makes the failure that a thread met into an error of this one. */
export function unpackFailure(failure: FailureMessage): Error {
  // Code and facts left the other thread as a pair.
  if ('code' in failure) return new BuildError(failure.code, failure.facts as ErrorFacts<ErrorCode>)
  return Object.assign(new Error(failure.message), failure.details)
}
