/** Gives so many random bytes; `crypto.randomBytes` outside of tests. */
export type RandomBytes = (byteLength: number) => Uint8Array
