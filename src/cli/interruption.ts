import { constants } from 'node:os'

/** Signals after which bantam cleans up before it ends. */
export const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
export type EndingSignal = (typeof endingSignals)[number]

/** Ends the work and keeps the name of the signal for the exit code. */
export function interrupt(controller: AbortController, name: EndingSignal): void {
  controller.abort(new DOMException(name, 'AbortError'))
}

/**
 * Returns the exit code of interrupted work: 128 plus the signal's number, as in shells. Ctrl-C at a question sends no signal; it counts as
 * SIGINT.
 */
export function interruptedExitCode(signal: AbortSignal): number {
  const reason: unknown = signal.reason
  const name = endingSignals.find((one) => reason instanceof Error && reason.message === one) ?? 'SIGINT'
  return 128 + constants.signals[name]
}
