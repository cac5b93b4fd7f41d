import { setTimeout as sleep } from 'node:timers/promises'
import { hasCode } from '../errors.ts'
import type { Transfer } from './transfer.ts'

/**
 * Runs `attempt` again after `DOWNLOAD_TRANSFER_FAILED`, with a delay before each retry. Any other failure is thrown at
 * once. If `progress` returns a new value after an attempt, the delays start again: a long download survives many cuts.
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
