import { constants } from 'node:os'

/** Signals that end the work in good order. */
export const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
export type EndingSignal = (typeof endingSignals)[number]

/** Ends the work, and remembers for the exit code which signal asked for that. */
export function interrupt(controller: AbortController, name: EndingSignal): void {
  controller.abort(new DOMException(name, 'AbortError'))
}

/** The exit code of interrupted work: 128 and the number of the signal, as shells give it. Ctrl-C at a question sends none and is SIGINT too. */
export function interruptedExitCode(signal: AbortSignal): number {
  const reason: unknown = signal.reason
  const name = endingSignals.find((one) => reason instanceof Error && reason.message === one) ?? 'SIGINT'
  return 128 + constants.signals[name]
}
