/**
 * xz-decompress keeps one WebAssembly instance a process and lets one stream at a time use it. Its own queue cannot be left
 * by a stream that is cancelled while it waits, so waiting happens here, and the library only meets the stream whose turn it is.
 */
let lastTurn: Promise<void> = Promise.resolve()

/** Waits until no other stream of this process is being decoded; the caller calls what it gets to end its turn. */
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
