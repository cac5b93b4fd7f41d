import { createHash } from 'node:crypto'

const DIGEST_BYTES = 64
/** Digits of crypt(3), which differ from those of base64. */
const DIGITS = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
/** The order in which the bytes of the last digest are written, in groups of three from high to low. The last byte stands alone. */
const GROUPS = Array.from({ length: 21 }, (_, index) => [0, 21, 42].map((start) => (start + index * 22) % 63))

/**
 * Hashes a password with SHA-512 as crypt(3) does: `$6$rounds=N$salt$hash`. The salt has at most 16 digits of crypt(3), and there are 1000 to
 * 999,999,999 rounds. The steps are those of https://www.akkadia.org/drepper/SHA-crypt.txt, by their numbers. The library unixcrypt 3.0.4 makes
 * other hashes of passwords with 64 or 128 bytes.
 */
export function sha512Crypt(password: string, salt: string, rounds: number): string {
  const key = Buffer.from(password, 'utf8')
  const saltBytes = Buffer.from(salt, 'utf8')
  let digest = firstDigest(key, saltBytes)
  // Steps 13 to 16.
  const keySequence = repeatTo(key.byteLength, hash(...Array<Buffer>(key.byteLength).fill(key)))
  // Steps 17 to 20.
  const saltCount = 16 + (digest[0] ?? 0)
  const saltSequence = repeatTo(saltBytes.byteLength, hash(...Array<Buffer>(saltCount).fill(saltBytes)))
  // Step 21.
  for (let round = 0; round < rounds; round += 1) {
    const isOdd = round % 2 === 1
    digest = hash(
      isOdd ? keySequence : digest,
      ...(round % 3 === 0 ? [] : [saltSequence]),
      ...(round % 7 === 0 ? [] : [keySequence]),
      isOdd ? digest : keySequence,
    )
  }
  return `$6$rounds=${rounds}$${salt}$${formatDigest(digest)}`
}

/** Steps 1 to 12. */
function firstDigest(key: Buffer, salt: Buffer): Buffer {
  const other = hash(key, salt, key)
  const parts = [key, salt, repeatTo(key.byteLength, other)]
  for (let bits = key.byteLength; bits > 0; bits >>= 1) parts.push(bits % 2 === 1 ? other : key)
  return hash(...parts)
}

function hash(...parts: readonly Buffer[]): Buffer {
  const sha512 = createHash('sha512')
  for (const part of parts) sha512.update(part)
  return sha512.digest()
}

/** Repeats a digest until it has this length. The last one is cut. */
function repeatTo(byteLength: number, digest: Buffer): Buffer {
  return Buffer.concat(Array<Buffer>(Math.ceil(byteLength / DIGEST_BYTES)).fill(digest)).subarray(0, byteLength)
}

/** Step 22. */
function formatDigest(digest: Buffer): string {
  const numberOf = (indexes: readonly number[]): number =>
    indexes.reduce((number, index) => number * 256 + (digest[index] ?? 0), 0)
  return GROUPS.map((group) => formatNumber(numberOf(group), 4)).join('') + formatNumber(digest[63] ?? 0, 2)
}

/** Writes a number with the lowest digit first. */
function formatNumber(number: number, length: number): string {
  return Array.from({ length }, (_, index) => DIGITS.charAt((number >> (6 * index)) & 63)).join('')
}
