import { createPrivateKey, createPublicKey } from 'node:crypto'
import type { RandomBytes } from './random-bytes.ts'

export interface KeyPair {
  /** One line, as in authorized_keys. */
  readonly publicKey: string
  /** The text of an OpenSSH private key file, not encrypted. */
  readonly privateKey: string
}

const KEY_TYPE = 'ssh-ed25519'
const AUTH_MAGIC = 'openssh-key-v1\0'
/** Without encryption, OpenSSH pads the private part to a multiple of 8 bytes. */
const BLOCK_BYTES = 8
const SEED_BYTES = 32
/** The bytes before the 32 bytes of the seed in the PKCS #8 form of an Ed25519 key (RFC 8410, section 7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')

/**
 * Makes an Ed25519 key pair in OpenSSH's formats
 * (https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.key, and RFC 8709 for the public key).
 */
export function makeKeyPair(comment: string, randomBytes: RandomBytes): KeyPair {
  const seed = randomBytes(SEED_BYTES)
  const publicBytes = derivePublicBytes(seed)
  const publicBlob = Buffer.concat([encodeString(KEY_TYPE), encodeString(publicBytes)])
  // The same random number, twice. In an encrypted file, it shows readers whether the passphrase was right.
  const check = randomBytes(4)
  const privateFields = [
    encodeString(KEY_TYPE),
    encodeString(publicBytes),
    encodeString(Buffer.concat([seed, publicBytes])),
    encodeString(comment),
  ]
  const file = Buffer.concat([
    Buffer.from(AUTH_MAGIC),
    encodeString('none'),
    encodeString('none'),
    encodeString(''),
    encodeNumber(1),
    encodeString(publicBlob),
    encodeString(pad(Buffer.concat([check, check, ...privateFields]))),
  ])
  return { publicKey: `${KEY_TYPE} ${publicBlob.toString('base64')} ${comment}`, privateKey: armor(file) }
}

function derivePublicBytes(seed: Uint8Array): Uint8Array {
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' })
  // SubjectPublicKeyInfo ends with the 32 bytes of the key (RFC 8410, section 4).
  return createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32)
}

/** Encodes a string with its length before it, as 32 bits, big-endian. RFC 4251, section 5. */
function encodeString(value: string | Uint8Array): Uint8Array {
  const bytes = Buffer.from(value)
  return Buffer.concat([encodeNumber(bytes.length), bytes])
}

function encodeNumber(value: number): Uint8Array {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

function pad(bytes: Uint8Array): Uint8Array {
  const missing = (BLOCK_BYTES - (bytes.length % BLOCK_BYTES)) % BLOCK_BYTES
  return Buffer.concat([bytes, Uint8Array.from({ length: missing }, (_, index) => index + 1)])
}

function armor(bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,70}/g) ?? []
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join('\n')
}
