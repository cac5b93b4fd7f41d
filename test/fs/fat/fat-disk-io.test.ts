import * as FatFs from 'js-fatfs'
import { expect, test } from 'vitest'
import type { WritableDevice } from '../../../src/disk/block-device.ts'
import { FatDiskIo } from '../../../src/fs/fat/fat-disk-io.ts'

/** The highest sector number that 32 bits hold, as FatFs passes it: 2 TiB less one sector. */
const LAST_SECTOR = -1

test('takes sector numbers from 2^31 on, which FatFs passes as negative numbers', () => {
  const calls: (readonly [string, number])[] = []
  const device: WritableDevice = {
    byteLength: 2 ** 32 * 512,
    read: (byteOffset) => void calls.push(['read', byteOffset]),
    write: (byteOffset) => void calls.push(['write', byteOffset]),
  }
  // Of the library, only its memory is used.
  const fatFs = { HEAPU8: new Uint8Array(1024) } as FatFs.FatFs
  const io = new FatDiskIo(device, device)
  expect(io.read(fatFs, 0, 0, LAST_SECTOR, 1)).toBe(FatFs.RES_OK)
  expect(io.write(fatFs, 0, 0, -(2 ** 31), 1)).toBe(FatFs.RES_OK)
  expect(calls).toEqual([
    ['read', (2 ** 32 - 1) * 512],
    ['write', 2 ** 31 * 512],
  ])
})
