/** The smallest .xz file around an LZMA2 payload: one stream without check, one block. The .xz File Format 1.2.1. */
import { crc32 } from '../../../src/xz/container/crc32.ts'
import { MATCH_DISTANCE_LIMIT } from '../../../src/xz/lzma2/match-finder.ts'

const STREAM_FLAGS = [0, 0]

/** Puts headers, index and footer around the payload of one block. */
export function wrapPayload(payload: Uint8Array, byteLength: number): Buffer {
  const blockHeader = withCrc32([2, 0, 0x21, 1, dictionaryProperty(byteLength), 0, 0, 0])
  const unpaddedByteLength = blockHeader.byteLength + payload.byteLength
  const index = withCrc32(padded([0, 1, ...multibyteInteger(unpaddedByteLength), ...multibyteInteger(byteLength)]))
  const backwardSize = index.byteLength / 4 - 1
  const footerFields = [...littleEndian(backwardSize), ...STREAM_FLAGS]
  return Buffer.concat([
    Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0),
    withCrc32(STREAM_FLAGS),
    blockHeader,
    payload,
    new Uint8Array(-payload.byteLength & 3),
    index,
    Uint8Array.from([...littleEndian(crc32(Uint8Array.from(footerFields))), ...footerFields, 0x59, 0x5a]),
  ])
}

/** Section 5.3.1: the smallest dictionary that holds all that a match may refer to, so that a decoder notices one too far. */
function dictionaryProperty(byteLength: number): number {
  let property = 0
  while ((2 | (property & 1)) * 2 ** ((property >> 1) + 11) < Math.min(byteLength, MATCH_DISTANCE_LIMIT)) property++
  return property
}

function multibyteInteger(value: number): readonly number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...multibyteInteger(Math.floor(value / 0x80))]
}

function padded(bytes: readonly number[]): readonly number[] {
  return [...bytes, ...Array.from({ length: -bytes.length & 3 }, () => 0)]
}

function withCrc32(bytes: readonly number[]): Uint8Array {
  return Uint8Array.from([...bytes, ...littleEndian(crc32(Uint8Array.from(bytes)))])
}

function littleEndian(value: number): readonly number[] {
  return [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24]
}
