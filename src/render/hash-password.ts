import { encrypt } from 'unixcrypt'

/** Twenty times the default: a tenth of a second for who logs in at a board, and twenty times the work for who guesses. */
const ROUNDS = 100_000

/** Turns passwords into hashes of crypt(3); keeps each hash, since making one takes a while and all nodes share it. */
export type PasswordHasher = (password: string, salt: string) => string

/** Makes a hasher by SHA-512, which every libcrypt of Debian and Ubuntu reads. https://www.akkadia.org/drepper/SHA-crypt.txt */
export function createPasswordHasher(): PasswordHasher {
  const known = new Map<string, string>()
  return (password, salt) => {
    const name = JSON.stringify([salt, password])
    const hash = known.get(name) ?? encrypt(password, `$6$rounds=${ROUNDS}$${salt}`)
    known.set(name, hash)
    return hash
  }
}
