import { setTimeout as sleep } from 'node:timers/promises'
import { hasCode } from '../errors.ts'
import type { Transfer } from './transfer.ts'

/**
 * Repeats what failed with `DOWNLOAD_TRANSFER_FAILED` after each of the delays; other failures end it at once. An attempt after
 * which `progress` gives another value than before starts the delays anew, so that a long download survives many cuts.
 */
export async function withRetries<T>(
  transfer: Transfer,
  progress: () => number,
  attempt: () => Promise<T>,
): Promise<T> {
  const { retryDelaysMs, signal } = transfer
  for (let failures = 0; ;) {
    signal.throwIfAborted()
    const before = progress()
    try {
      return await attempt()
    } catch (error) {
      signal.throwIfAborted()
      if (progress() !== before) failures = 0
      const delayMs = retryDelaysMs[failures++]
      if (!hasCode(error, 'DOWNLOAD_TRANSFER_FAILED') || delayMs === undefined) throw error
      await sleep(delayMs, undefined, { signal })
    }
  }
}
