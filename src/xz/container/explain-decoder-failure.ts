import { BuildError, unreachable } from '../../errors.ts'
import { corrupt } from './corrupt.ts'

/** Return values of XZ Embedded, `enum xz_ret` of its `xz.h`. */
export type XzReturnValue = 3 | 4 | 5 | 6 | 7 | 8

/**
 * Parses XZ Embedded's return value from an error of xz-decompress, which holds it only in its message. Returns null if
 * there is none.
 */
export function xzReturnValue(error: unknown): XzReturnValue | null {
  const value = /error code ([3-8])$/.exec(error instanceof Error ? error.message : '')?.[1]
  // The pattern matches no other number.
  return value === undefined ? null : (Number(value) as XzReturnValue)
}

/** Makes the error for a return value of the decoder. The headers that it got must already be checked. */
function explainDecoderFailure(value: XzReturnValue, file: string): BuildError {
  switch (value) {
    case 3:
      return new BuildError('XZ_CORRUPT', { file, reason: 'there is no memory for its dictionary' })
    case 4:
      return new BuildError('XZ_DICTIONARY_TOO_LARGE', { file })
    // The first stream header was correct, so the bytes after a stream are wrong.
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

/**
 * Explains an error of the decoder that unpacks one block. The stream around the block is ours and is correct, so if its
 * end comes too early or too late, the block is damaged.
 */
export function explainBlockFailure(value: XzReturnValue, file: string): BuildError {
  const failure = explainDecoderFailure(value, file)
  return failure.code === 'XZ_TRUNCATED' || failure.code === 'XZ_TRAILING_DATA'
    ? corrupt(file, 'a block has no end where its lengths say')
    : failure
}
