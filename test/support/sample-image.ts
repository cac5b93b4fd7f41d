/** Small disk images for tests: an MBR, data that compresses and data that does not, and long runs of zeros. */
import { createHash } from 'node:crypto'

/** Bytes that look random and are the same for the same seed. */
export function noise(byteLength: number, seed: number): Buffer {
  const bytes = Buffer.alloc(byteLength)
  let state = seed >>> 0
  for (let index = 0; index < byteLength; index++) {
    // Numerical Recipes' linear congruential generator; its high byte is good enough not to compress.
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    bytes[index] = state >>> 24
  }
  return bytes
}

/** A raw image of about 2.5 MiB whose length is no multiple of 1 MiB. */
export function sampleImage(seed = 1): Buffer {
  const image = Buffer.concat([
    noise(300_000, seed),
    Buffer.alloc(1_500_000),
    Buffer.from('text '.repeat(60_000)),
    noise(200_000, seed + 1),
    Buffer.alloc(384_512),
  ])
  // One Linux partition from sector 1 to the end, and no other.
  image.fill(0, 446, 510)
  image[446 + 4] = 0x83
  image.writeUInt32LE(1, 446 + 8)
  image.writeUInt32LE(Math.floor(image.length / 512) - 1, 446 + 12)
  image[510] = 0x55
  image[511] = 0xaa
  return image
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
