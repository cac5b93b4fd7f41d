import { BuildError, unreachable } from '../../errors.ts'

/** Return values of XZ Embedded, `enum xz_ret` of its `xz.h`. */
export type XzReturnValue = 3 | 4 | 5 | 6 | 7 | 8

/** Finds XZ Embedded's return value in what xz-decompress throws, which gives it as text alone; null where there is none. */
export function xzReturnValue(error: unknown): XzReturnValue | null {
  const value = /error code ([3-8])$/.exec(error instanceof Error ? error.message : '')?.[1]
  // The pattern lets no other number through.
  return value === undefined ? null : (Number(value) as XzReturnValue)
}

/** Says what the decoder's return value means for a file whose first headers were found right beforehand. */
export function explainDecoderFailure(value: XzReturnValue, file: string): BuildError {
  switch (value) {
    case 3:
      return new BuildError('XZ_CORRUPT', { file, reason: 'there is no memory for its dictionary' })
    case 4:
      return new BuildError('XZ_DICTIONARY_TOO_LARGE', { file })
    // The first stream header was right, so these are the bytes after a stream.
    case 5:
      return new BuildError('XZ_TRAILING_DATA', { file })
    case 6:
      return new BuildError('XZ_OPTION_UNSUPPORTED', { file })
    case 7:
      return new BuildError('XZ_CORRUPT', { file, reason: 'a checksum or a size does not match' })
    case 8:
      return new BuildError('XZ_TRUNCATED', { file })
    default:
      throw unreachable(value)
  }
}
