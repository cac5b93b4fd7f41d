/** How a download deals with a network that is slow, unreliable or missing. */
export interface Transfer {
  readonly signal: AbortSignal
  /** Pauses before each retry, one per retry. The count starts again whenever bytes have arrived. */
  readonly retryDelaysMs: readonly number[]
  /** A connection that receives nothing for this time is closed. */
  readonly stallTimeoutMs: number
}

/** The fields of a `Transfer` that callers may set. */
export interface TransferOptions {
  readonly retryDelaysMs?: readonly number[]
  readonly stallTimeoutMs?: number
}

/** Adds defaults for home networks: five attempts in about half a minute, and a stall time-out of 30 s. */
export function planTransfer(signal: AbortSignal, options: TransferOptions): Transfer {
  const { retryDelaysMs = [1_000, 3_000, 8_000, 15_000], stallTimeoutMs = 30_000 } = options
  return { signal, retryDelaysMs, stallTimeoutMs }
}
