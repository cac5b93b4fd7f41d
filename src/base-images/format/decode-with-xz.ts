import { open, rm, stat } from 'node:fs/promises'
import { runProgram } from '../../host/run-program.ts'
import { noXzOptions } from './no-xz-options.ts'

export interface DecodeWithXzOptions {
  readonly workerCount: number
  readonly signal: AbortSignal
  /** Called from time to time with the number of decoded bytes. */
  readonly onDecoded: (byteLength: number) => void
}

const POLL_MS = 300

/**
 * Unpacks an .xz into a new sparse file with the system's `xz`, which is faster than our decoder. Returns false and
 * leaves no file if `xz` is missing or fails for any reason. The caller then uses our decoder, which succeeds or
 * reports the cause.
 */
export async function decodeWithXz(
  source: string,
  target: string,
  byteLength: number,
  { workerCount, signal, onDecoded }: DecodeWithXzOptions,
): Promise<boolean> {
  const output = await open(target, 'wx')
  const timer = setInterval(() => {
    stat(target).then(
      ({ size }) => {
        onDecoded(Math.min(size, byteLength))
      },
      () => undefined,
    )
  }, POLL_MS)
  try {
    const args = ['-d', '-c', '-q', `-T${workerCount}`, '--', source]
    const { status } = await runProgram('xz', args, { signal, stdout: output.fd, env: noXzOptions })
    if (status === 0 && (await output.stat()).size === byteLength) {
      onDecoded(byteLength)
      return true
    }
  } finally {
    clearInterval(timer)
    await output.close()
  }
  await rm(target)
  return false
}
