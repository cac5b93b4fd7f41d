import * as FatFs from 'js-fatfs'
import type { ReadableDevice, WritableDevice } from '../../disk/block-device.ts'
import { SECTOR_BYTES } from '../../units.ts'

/** Connects FatFs's disk calls to a device. `failure` keeps the error of a failed read or write for the caller. */
export class FatDiskIo implements FatFs.DiskIO {
  failure: unknown = null
  readonly #device: ReadableDevice
  readonly #writer: WritableDevice | null

  constructor(device: ReadableDevice, writer: WritableDevice | null) {
    this.#device = device
    this.#writer = writer
  }

  initialize(): number {
    return this.status()
  }

  status(): number {
    return this.#writer === null ? FatFs.STA_PROTECT : 0
  }

  read(fatFs: FatFs.FatFs, _drive: number, buffer: number, sector: number, count: number): number {
    const into = fatFs.HEAPU8.subarray(buffer, buffer + count * SECTOR_BYTES)
    // The C side passes sector numbers as signed 32-bit integers.
    return this.#attempt(() => {
      this.#device.read((sector >>> 0) * SECTOR_BYTES, into)
    })
  }

  write(fatFs: FatFs.FatFs, _drive: number, buffer: number, sector: number, count: number): number {
    const writer = this.#writer
    if (writer === null) return FatFs.RES_WRPRT
    const bytes = fatFs.HEAPU8.subarray(buffer, buffer + count * SECTOR_BYTES)
    return this.#attempt(() => {
      writer.write((sector >>> 0) * SECTOR_BYTES, bytes)
    })
  }

  ioctl(fatFs: FatFs.FatFs, _drive: number, command: number, buffer: number): number {
    switch (command) {
      case FatFs.CTRL_SYNC:
        return FatFs.RES_OK
      case FatFs.GET_SECTOR_COUNT:
        fatFs.setValue(buffer, Math.floor(this.#device.byteLength / SECTOR_BYTES), 'i32')
        return FatFs.RES_OK
      case FatFs.GET_SECTOR_SIZE:
        fatFs.setValue(buffer, SECTOR_BYTES, 'i16')
        return FatFs.RES_OK
      default:
        return FatFs.RES_PARERR
    }
  }

  // An exception must not pass through the C code. FatFs gets an error code, and the caller gets the cause.
  #attempt(work: () => void): number {
    try {
      work()
      return FatFs.RES_OK
    } catch (error) {
      this.failure = error
      return FatFs.RES_ERROR
    }
  }
}
