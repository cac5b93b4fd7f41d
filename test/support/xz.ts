import { execFileSync } from 'node:child_process'

/** Packs bytes with the xz program and these options. */
export function xz(bytes: Uint8Array, ...options: readonly string[]): Buffer {
  return execFileSync('xz', ['-z', '-c', ...options], {
    input: bytes,
    maxBuffer: 1 << 28,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
}

/** Unpacks with the xz program, which judges ours. */
export function unxz(bytes: Uint8Array): Buffer {
  return execFileSync('xz', ['-d', '-c'], { input: bytes, maxBuffer: 1 << 28, stdio: ['pipe', 'pipe', 'ignore'] })
}
