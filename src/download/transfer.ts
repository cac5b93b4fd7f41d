/** How to deal with a network that is slow, shaky or gone. */
export interface Transfer {
  readonly signal: AbortSignal
  /** Waits between attempts; as many retries as there are numbers, counted anew whenever bytes have arrived. */
  readonly retryDelaysMs: readonly number[]
  /** A connection that brings nothing for so long is given up. */
  readonly stallTimeoutMs: number
}

/** What callers may set of a `Transfer`. */
export interface TransferOptions {
  readonly retryDelaysMs?: readonly number[]
  readonly stallTimeoutMs?: number
}

/** Fills in patience that suits home networks: five attempts in about half a minute, 30 s of silence. */
export function planTransfer(signal: AbortSignal, options: TransferOptions): Transfer {
  const { retryDelaysMs = [1_000, 3_000, 8_000, 15_000], stallTimeoutMs = 30_000 } = options
  return { signal, retryDelaysMs, stallTimeoutMs }
}
