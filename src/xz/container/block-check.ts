/**
 * Block checks: the field at the end of a block that protects its data. The .xz File Format 1.2.1, sections 2.1.1.2 and
 * 3.4.
 */
import { createHash } from 'node:crypto'
import { writeU32 } from '../../bytes/little-endian.ts'
import { BuildError, unreachable } from '../../errors.ts'
import { crc32 } from './crc32.ts'
import { Crc64 } from './crc64.ts'

export type BlockCheck = 'none' | 'CRC32' | 'CRC64' | 'SHA-256'

/** A check over data that arrive in pieces. */
export interface RunningCheck {
  readonly update: (data: Uint8Array) => void
  /** Returns the check field for all data. Call it once, at the end. */
  readonly digest: () => Uint8Array
}

const checkIds: Readonly<Record<BlockCheck, number>> = { none: 0x00, CRC32: 0x01, CRC64: 0x04, 'SHA-256': 0x0a }
const checkByteLengths: Readonly<Record<BlockCheck, number>> = { none: 0, CRC32: 4, CRC64: 8, 'SHA-256': 32 }
const MAX_CHECK_ID = 0x0f

/** Returns the check with this id. Null: the format reserves the id. */
export function checkOfId(id: number): BlockCheck | null {
  const known: readonly BlockCheck[] = ['none', 'CRC32', 'CRC64', 'SHA-256']
  return known.find((check) => checkIds[check] === id) ?? null
}

/** Returns a check's id in stream headers and footers. */
export function idOfCheck(check: BlockCheck): number {
  return checkIds[check]
}

/** Tells whether an id fits into the four bits of the stream flags. */
export function isCheckId(id: number): boolean {
  return id <= MAX_CHECK_ID
}

/** Returns the length in bytes of the check field at the end of each block. */
export function checkByteLength(check: BlockCheck): number {
  return checkByteLengths[check]
}

/** Computes the check field of a block that holds these data. */
export function checkBytes(check: BlockCheck, data: Uint8Array): Uint8Array {
  const running = startCheck(check)
  running.update(data)
  return running.digest()
}

/** Begins a check over data that arrive in pieces. */
export function startCheck(check: BlockCheck): RunningCheck {
  switch (check) {
    case 'none':
      return { update: () => undefined, digest: () => new Uint8Array(0) }
    case 'CRC32':
      return startCrc32()
    case 'CRC64': {
      const crc64 = new Crc64()
      return {
        update: (data) => {
          crc64.update(data)
        },
        digest: () => crc64.digest(),
      }
    }
    case 'SHA-256': {
      const hash = createHash('sha256')
      return { update: (data) => void hash.update(data), digest: () => Uint8Array.from(hash.digest()) }
    }
    default:
      throw unreachable(check)
  }
}

function startCrc32(): RunningCheck {
  let crc = 0
  return {
    update: (data) => {
      crc = crc32(data, crc)
    },
    digest: () => {
      const field = new Uint8Array(checkByteLengths.CRC32)
      writeU32(field, 0, crc)
      return field
    },
  }
}

/** Returns a stream's check if bantam can compute it. Throws `XZ_CHECK_UNSUPPORTED` for reserved ones. */
export function requireKnownCheck(check: BlockCheck | 'reserved', file: string): BlockCheck {
  if (check === 'reserved') throw new BuildError('XZ_CHECK_UNSUPPORTED', { file, check: 'an unknown check' })
  return check
}
