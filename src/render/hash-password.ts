import { sha512Crypt } from './sha512-crypt.ts'

/** Twenty times the default: a login at a board takes a tenth of a second, and guessing takes twenty times the work. */
const ROUNDS = 100_000

/** Turns passwords into hashes of crypt(3). It keeps each hash, because hashing takes long and all nodes share the hash. */
export type PasswordHasher = (password: string, salt: string) => string

/** Makes a hasher with SHA-512, which every libcrypt of Debian and Ubuntu reads. https://www.akkadia.org/drepper/SHA-crypt.txt */
export function createPasswordHasher(): PasswordHasher {
  const known = new Map<string, string>()
  return (password, salt) => {
    const name = JSON.stringify([salt, password])
    const hash = known.get(name) ?? sha512Crypt(password, salt, ROUNDS)
    known.set(name, hash)
    return hash
  }
}
