import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  checkByteLength,
  checkBytes,
  checkOfId,
  idOfCheck,
  requireKnownCheck,
  startCheck,
} from '../../../src/xz/container/block-check.ts'
import { expectCode } from '../../support/expect-code.ts'
import { noise } from '../../support/sample-image.ts'
import { testWith } from '../../support/validators.ts'
import { xz } from '../../support/xz.ts'

const data = noise(3001, 1)
const options = [
  ['none', 'none'],
  ['crc32', 'CRC32'],
  ['crc64', 'CRC64'],
  ['sha256', 'SHA-256'],
] as const

testWith('xz').each(options)('computes the field that xz writes for %s', (option, check) => {
  const packed = xz(data, `--check=${option}`)
  // The index of one small block has 12 bytes, as the footer has.
  const end = packed.byteLength - 24
  expect(Buffer.from(checkBytes(check, data))).toEqual(packed.subarray(end - checkByteLength(check), end))
})

test.each(options)('%s does not depend on the pieces in which the data come', (_, check) => {
  const running = startCheck(check)
  for (let from = 0; from < data.byteLength; from += 77) running.update(data.subarray(from, from + 77))
  expect(running.digest()).toEqual(checkBytes(check, data))
})

test('gives the same SHA-256 as node:crypto', () => {
  expect(Buffer.from(checkBytes('SHA-256', data))).toEqual(createHash('sha256').update(data).digest())
})

test('knows the ids of the format and no others', () => {
  const known = Array.from({ length: 16 }, (_, id) => checkOfId(id))
  expect(known.flatMap((check, id) => (check === null ? [] : [[id, check, idOfCheck(check)]]))).toEqual([
    [0, 'none', 0],
    [1, 'CRC32', 1],
    [4, 'CRC64', 4],
    [10, 'SHA-256', 10],
  ])
})

test('refuses a reserved check', () => {
  expect(requireKnownCheck('CRC32', 'a.xz')).toBe('CRC32')
  expectCode('XZ_CHECK_UNSUPPORTED', () => requireKnownCheck('reserved', 'a.xz'))
})
