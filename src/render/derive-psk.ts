import { pbkdf2Sync } from 'node:crypto'

const ITERATIONS = 4096
const KEY_BYTES = 32

/** Turns Wi-Fi passwords into keys. It keeps each key, because deriving one takes milliseconds and many nodes share a network. */
export type PskDeriver = (ssid: string, password: string) => string

/** Makes a deriver of pre-shared keys, 64 hex digits each. IEEE 802.11-2020, annex J.4: PBKDF2 with HMAC-SHA1. */
export function createPskDeriver(): PskDeriver {
  const known = new Map<string, string>()
  return (ssid, password) => {
    const name = JSON.stringify([ssid, password])
    const psk = known.get(name) ?? derivePsk(ssid, password)
    known.set(name, psk)
    return psk
  }
}

function derivePsk(ssid: string, password: string): string {
  // 64 hex digits are too long for a password: they are the key itself.
  if (/^[0-9a-f]{64}$/i.test(password)) return password.toLowerCase()
  return pbkdf2Sync(password, ssid, ITERATIONS, KEY_BYTES, 'sha1').toString('hex')
}
