import type { FileSource } from '../../disk/file-device.ts'
import type { IndexRecord } from './block-index.ts'

/** A part of an .xz stream: consecutive blocks of a file, or one newly packed block. */
export type XzSegment = CopiedSegment | PackedSegment

export interface CopiedSegment {
  readonly kind: 'copied'
  readonly source: FileSource
  readonly fileOffset: number
  readonly byteLength: number
  readonly records: readonly IndexRecord[]
}

export interface PackedSegment {
  readonly kind: 'packed'
  readonly bytes: Uint8Array
  /** Where its data begin in the stream's unpacked data, in bytes. */
  readonly byteStart: number
  readonly record: IndexRecord
}

/** Returns the index records of segments, in their order. */
export function recordsOf(segments: readonly XzSegment[]): readonly IndexRecord[] {
  return segments.flatMap((segment) => (segment.kind === 'copied' ? segment.records : [segment.record]))
}
