/** CRC16 (ANSI), by which ext4's `uninit_bg` protects group descriptors: without inversion. */

const POLYNOMIAL = 0xa001

/** Continues a CRC16 over more bytes. */
export function crc16(seed: number, bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => {
    let crc = sum ^ byte
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ POLYNOMIAL
    return crc
  }, seed)
}
