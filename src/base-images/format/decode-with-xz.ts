import { spawn } from 'node:child_process'
import { open, rm, stat } from 'node:fs/promises'
import { availableParallelism } from 'node:os'

export interface DecodeWithXzOptions {
  readonly signal: AbortSignal
  /** Called now and then with the bytes that are decoded. */
  readonly onDecoded: (byteLength: number) => void
}

const POLL_MS = 300

/**
 * Unpacks an .xz into a new sparse file with the system's `xz`, which is faster than we are. False, and no file, where there is none
 * or it fails for any reason: our own decoder then does it, or meets the same and names it.
 */
export async function decodeWithXz(
  source: string,
  target: string,
  byteLength: number,
  { signal, onDecoded }: DecodeWithXzOptions,
): Promise<boolean> {
  const output = await open(target, 'wx')
  try {
    // The variables would add options to ours.
    const child = spawn(
      'sh',
      [
        '-c',
        'unset XZ_OPT XZ_DEFAULTS; exec xz "$@"',
        'xz',
        '-d',
        '-c',
        '-q',
        `-T${availableParallelism()}`,
        '--',
        source,
      ],
      { stdio: ['ignore', output.fd, 'ignore'], signal },
    )
    const timer = setInterval(() => {
      stat(target).then(
        ({ size }) => {
          onDecoded(Math.min(size, byteLength))
        },
        () => undefined,
      )
    }, POLL_MS)
    const done = await new Promise<boolean>((resolve) => {
      child.on('error', () => {
        resolve(false)
      })
      child.on('close', (status) => {
        resolve(status === 0)
      })
    })
    clearInterval(timer)
    if (done && (await output.stat()).size === byteLength) {
      await output.sync()
      onDecoded(byteLength)
      return true
    }
  } finally {
    await output.close()
  }
  await rm(target)
  signal.throwIfAborted()
  return false
}
