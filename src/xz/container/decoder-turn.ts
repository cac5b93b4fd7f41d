/**
 * xz-decompress has one WebAssembly instance per thread, which one stream uses at a time. A stream that is cancelled
 * while it waits cannot leave the library's queue. So streams wait here, and the library gets only the stream whose
 * turn it is.
 */
let lastTurn: Promise<void> = Promise.resolve()

/**
 * Waits until no other stream of this thread is being decoded. Call the returned function to end the turn. Throws the
 * reason of `signal`.
 */
export async function takeDecoderTurn(signal: AbortSignal): Promise<() => void> {
  signal.throwIfAborted()
  const before = lastTurn
  let end = (): void => undefined
  const turn = new Promise<void>((resolve) => {
    end = resolve
  })
  lastTurn = before.then(() => turn)
  try {
    await beforeOrAbort(before, signal)
  } catch (error) {
    end()
    throw error
  }
  return end
}

async function beforeOrAbort(before: Promise<void>, signal: AbortSignal): Promise<void> {
  let stop = (): void => undefined
  const aborted = new Promise<never>((_, reject) => {
    stop = () => {
      reject(signal.reason instanceof Error ? signal.reason : new Error('aborted', { cause: signal.reason }))
    }
    signal.addEventListener('abort', stop, { once: true })
  })
  try {
    await Promise.race([before, aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
