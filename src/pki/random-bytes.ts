/** Returns `byteLength` random bytes. Outside of tests, it is `crypto.randomBytes`. */
export type RandomBytes = (byteLength: number) => Uint8Array
