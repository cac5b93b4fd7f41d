import type { IndexRecord } from './block-index.ts'

/** A part of an .xz stream: blocks that lie one after another in a file, or one that was packed now. */
export type XzSegment = CopiedSegment | PackedSegment

export interface CopiedSegment {
  readonly kind: 'copied'
  readonly path: string
  readonly fileOffset: number
  readonly byteLength: number
  readonly records: readonly IndexRecord[]
}

export interface PackedSegment {
  readonly kind: 'packed'
  readonly bytes: Uint8Array
  /** Where its data lie in what the stream holds. */
  readonly byteStart: number
  readonly record: IndexRecord
}

/** The index records of segments, in their order. */
export function recordsOf(segments: readonly XzSegment[]): readonly IndexRecord[] {
  return segments.flatMap((segment) => (segment.kind === 'copied' ? segment.records : [segment.record]))
}
