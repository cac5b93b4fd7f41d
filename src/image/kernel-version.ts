import { gunzipSync } from 'node:zlib'

const BANNER = 'Linux version '
const VERSION_MAX_BYTES = 100

/**
 * Finds a kernel's version, such as `6.12.43+deb13-arm64`, in its image, plain or packed with gzip. Returns null if
 * there is none.
 */
export function findKernelVersion(image: Uint8Array): string | null {
  const isGzip = image[0] === 0x1f && image[1] === 0x8b
  const bytes = isGzip ? gunzipSync(image) : Buffer.from(image.buffer, image.byteOffset, image.byteLength)
  for (let start = bytes.indexOf(BANNER); start !== -1; start = bytes.indexOf(BANNER, start + 1)) {
    const version = /^\d[^ %\0]*/.exec(
      bytes.toString('latin1', start + BANNER.length, start + BANNER.length + VERSION_MAX_BYTES),
    )?.[0]
    if (version !== undefined) return version
  }
  return null
}

/** Tells whether a version is a Raspberry Pi kernel. Such kernels have no drivers for other machines. */
export function isRaspberryPiKernel(version: string): boolean {
  return /rpi|raspi|-v(7l?|8)(-16k)?\+?$/.test(version)
}
