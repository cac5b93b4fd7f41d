import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ReadableSlice, WritableSlice } from '../../src/disk/device-slice.ts'
import { withFileDevice, withWritableFileDevice } from '../../src/disk/file-device.ts'
import { expectCode, expectRejection } from '../support/expect-code.ts'
import { temporaryFolder } from '../support/small-image.ts'

test('a slice reads and writes only its part of a file', async () => {
  const path = join(temporaryFolder(), 'disk')
  writeFileSync(path, 'abcdefghij')
  await withWritableFileDevice(path, (device) => {
    const slice = new WritableSlice(device, 2, 4)
    slice.write(1, new TextEncoder().encode('XY'))
    const into = new Uint8Array(4)
    new ReadableSlice(device, 2, 4).read(0, into)
    expect(new TextDecoder().decode(into)).toBe('cXYf')
    new ReadableSlice(device, 1, 5).read(1, into)
    expect(new TextDecoder().decode(into)).toBe('cXYf')
    expectCode('DISK_OUT_OF_RANGE', () => {
      slice.write(3, new Uint8Array(2))
    })
    expectCode('DISK_OUT_OF_RANGE', () => new ReadableSlice(device, 8, 4))
  })
  expect(readFileSync(path, 'utf8')).toBe('abcXYfghij')
})

test('throws if a file shrinks while it is read', async () => {
  const path = join(temporaryFolder(), 'disk')
  writeFileSync(path, Buffer.alloc(1000))
  const error = await expectRejection(
    'DISK_FILE_SHRANK',
    withFileDevice(path, (device) => {
      truncateSync(path, 10)
      device.read(4, new Uint8Array(100))
    }),
  )
  expect(error.facts).toEqual({ file: path, byteOffset: 10 })
})
