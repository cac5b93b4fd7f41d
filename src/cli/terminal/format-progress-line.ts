import type { ProgressEvent } from '../../progress.ts'
import { replaceControls } from '../../text/replace-controls.ts'
import { formatByteLength } from '../../units.ts'
import { displayWidth, shortenMiddle } from './display-width.ts'
import { progressWords } from './progress-words.ts'

/** A step under way. */
export interface RunningStep {
  readonly event: ProgressEvent
  /** Bytes that were already done when the step began, as in a resumed download. */
  readonly startBytes: number
  readonly elapsedMs: number
}

/** A shorter subject is not readable: details are left out to keep this width. */
const LEAST_SUBJECT_COLUMNS = 24
const BAR_CELLS = 20
/** An earlier estimate would be a guess. */
const ESTIMATE_AFTER_MS = 3_000

/**
 * Writes one line with the step, its subject, its progress and its time. The line never fills the terminal's last column. Where the
 * terminal is narrow, details are left out in this order: the bar, the bytes, the estimate. Then the subject loses its middle.
 */
export function formatProgressLine(step: RunningStep, columns: number): string {
  const { doing } = progressWords[step.event.step]
  const all = details(step)
  const room = columns - 1 - displayWidth(doing) - 1
  // The first ones are dropped until the subject has room.
  const kept = all.findIndex((_detail, dropped) => {
    const taken = all.slice(dropped).reduce((sum, { text }) => sum + displayWidth(text) + 2, 0)
    return room - taken >= Math.min(LEAST_SUBJECT_COLUMNS, displayWidth(step.event.subject))
  })
  // A terminal of a few columns shows the part of the most useful one that fits.
  const shown = all.slice(kept === -1 ? -1 : kept).toSorted((one, other) => one.place - other.place)
  const right = shown.map(({ text }) => `  ${text}`).join('')
  const subject = shortenMiddle(replaceControls(step.event.subject), room - displayWidth(right))
  return shortenMiddle(`${doing} ${subject}${right}`, columns - 1)
}

/** Writes the line that stays on the screen after a step. */
export function formatFinishedLine({ event, elapsedMs }: RunningStep, columns: number): string {
  const { done } = progressWords[event.step]
  const length = event.completedBytes > 0 ? `${formatByteLength(event.completedBytes)} ` : ''
  const right = `  ${length}in ${formatDuration(elapsedMs)}`
  const subject = shortenMiddle(replaceControls(event.subject), columns - 2 - displayWidth(done) - displayWidth(right))
  return shortenMiddle(`${done} ${subject}${right}`, columns - 1)
}

/** Writes minutes and seconds as `2:05`, with hours where there are any. */
export function formatDuration(durationMs: number): string {
  const seconds = Math.floor(durationMs / 1000)
  const two = (count: number): string => String(count).padStart(2, '0')
  const hours = Math.floor(seconds / 3600)
  const minutes = Math.floor(seconds / 60) % 60
  return hours === 0 ? `${minutes}:${two(seconds % 60)}` : `${hours}:${two(minutes)}:${two(seconds % 60)}`
}

/** Lists the details, the least useful first, each with its place from the left. */
function details(step: RunningStep): readonly { readonly place: number; readonly text: string }[] {
  const { event, elapsedMs } = step
  const { completedBytes, totalBytes } = event
  const elapsed = { place: 3, text: formatDuration(elapsedMs) }
  if (totalBytes === null) {
    const bytes = completedBytes === 0 ? [] : [{ place: 1, text: formatByteLength(completedBytes) }]
    return [...bytes, elapsed]
  }
  const fraction = totalBytes === 0 ? 1 : Math.min(1, completedBytes / totalBytes)
  const cells = Math.floor(fraction * BAR_CELLS)
  const left = remainingMs(step, totalBytes)
  return [
    { place: 0, text: `[${'#'.repeat(cells)}${'-'.repeat(BAR_CELLS - cells)}]` },
    { place: 1, text: `${formatByteLength(completedBytes)} of ${formatByteLength(totalBytes)}` },
    ...(left === null ? [] : [{ place: 4, text: `about ${formatDuration(left)} left` }]),
    elapsed,
    // Rounded down: only a finished step shows 100 %.
    { place: 2, text: `${Math.floor(fraction * 100)}%`.padStart(4) },
  ]
}

/** Estimates the remaining time from the speed so far; null where it is too early for an estimate. */
function remainingMs({ event, startBytes, elapsedMs }: RunningStep, totalBytes: number): number | null {
  const doneBytes = event.completedBytes - startBytes
  if (elapsedMs < ESTIMATE_AFTER_MS || doneBytes < totalBytes / 100) return null
  return (elapsedMs * (totalBytes - event.completedBytes)) / doneBytes
}
