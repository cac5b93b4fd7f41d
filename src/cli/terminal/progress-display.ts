import type { Progress, ProgressEvent } from '../../progress.ts'
import { replaceControls } from '../../text/replace-controls.ts'
import { formatByteLength } from '../../units.ts'
import { displayWidth, shortenMiddle } from './display-width.ts'
import { formatFinishedLine, formatProgressLine } from './format-progress-line.ts'
import type { Output } from './output.ts'
import { isNotice, progressWords } from './progress-words.ts'

/** Shows progress until `stop` is called. */
export interface ProgressDisplay {
  readonly progress: Progress
  /** Prints a line that stays, above the running steps. */
  readonly printLine: (line: string) => void
  readonly stop: () => void
}

interface Step {
  event: ProgressEvent
  readonly startBytes: number
  readonly startedAt: number
}

/** Milliseconds between drawings: short enough to look alive, long enough to be cheap. */
const DRAW_EVERY_MS = 200
/** Only a step of at least this length leaves a line, because people have seen it. */
const REMEMBER_AFTER_MS = 5_000
/** Erase a line, and move one line up. ECMA-48, 8.3.41 and 8.3.22. Erasing the whole screen would put it into the scrollback of some terminals. */
const ERASE_LINE = '\r\x1b[2K'
const LINE_UP = '\x1b[1A'
const CTRL_C_COLUMNS = '^C'.length
const FALLBACK_COLUMNS = 80
const FALLBACK_ROWS = 24

/**
 * Shows progress on stderr, never on stdout. On a terminal, the lines of running steps are drawn again and again. Elsewhere, each step
 * prints one line when it begins.
 */
export function showProgress(stderr: Output): ProgressDisplay {
  return stderr.isTTY ? showSteps(stderr.stream) : showLines(stderr)
}

/** Draws the running steps again and again, as time passes, steps report and the terminal changes its size. */
function showSteps(stream: NodeJS.WriteStream): ProgressDisplay {
  const steps = new Map<string, Step>()
  const screen = new StepScreen(stream)
  let stopped = false

  const draw = (above: readonly string[] = []): void => {
    screen.draw([...steps.values()], above)
  }
  const finish = (key: string, step: Step): readonly string[] => {
    steps.delete(key)
    const elapsedMs = performance.now() - step.startedAt
    return elapsedMs < REMEMBER_AFTER_MS ? [] : [formatFinishedLine({ ...step, elapsedMs }, screen.width)]
  }
  const redraw = (): void => {
    draw()
  }
  const timer = setInterval(() => {
    if (steps.size > 0) draw()
  }, DRAW_EVERY_MS)
  // The timer must not keep the process alive.
  timer.unref()
  stream.on('resize', redraw)

  return {
    progress: (event) => {
      if (stopped) return
      const key = `${event.step} ${event.subject}`
      const known = steps.get(key)
      if (known !== undefined) {
        known.event = event
        if (event.completedBytes === event.totalBytes) draw(finish(key, known))
        return
      }
      const ended = endedBy(event, steps).flatMap(([name, step]) => finish(name, step))
      beginStep(steps, key, event)
      draw([...ended, ...(isNotice(event.step) ? [noticeLine(event, screen.width)] : [])])
    },
    printLine: (line) => {
      draw([replaceControls(line, 'lines')])
    },
    stop: () => {
      stopped = true
      clearInterval(timer)
      stream.off('resize', redraw)
      steps.clear()
      screen.clear()
    },
  }
}

/** Adds the step of an event, unless the event is a notice or already the step's end. */
function beginStep(steps: Map<string, Step>, key: string, event: ProgressEvent): void {
  const isOver = event.completedBytes === event.totalBytes
  if (!isNotice(event.step) && !isOver)
    steps.set(key, { event, startBytes: event.completedBytes, startedAt: performance.now() })
}

/**
 * The last lines of the screen. Running steps are drawn there, over those drawn before. It changes no state of the terminal, so there is
 * nothing to restore: each line is cut to the terminal's width here, and the cursor stays visible after the last line.
 */
class StepScreen {
  readonly #stream: NodeJS.WriteStream
  #drawn: readonly string[] = []

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream
  }

  /** A terminal prints a typed ^C after the last line. It must not begin a new line. */
  get width(): number {
    return Math.max(1, (this.#stream.columns || FALLBACK_COLUMNS) - CTRL_C_COLUMNS)
  }

  /** Draws the steps, and above them lines that stay. */
  draw(steps: readonly Step[], above: readonly string[]): void {
    const columns = this.width
    const now = performance.now()
    const rows = (this.#stream.rows || FALLBACK_ROWS) - 1
    const lines = steps.map((step) => formatProgressLine({ ...step, elapsedMs: now - step.startedAt }, columns))
    const shown =
      lines.length <= rows
        ? lines
        : [...lines.slice(0, rows - 1), `and ${lines.length - rows + 1} more`.slice(0, columns - 1)]
    this.#stream.write(
      `${eraseDrawn(this.#drawn, columns + CTRL_C_COLUMNS)}${above.map((line) => `${line}\n`).join('')}${shown.join('\n')}`,
    )
    this.#drawn = shown
  }

  clear(): void {
    if (this.#drawn.length > 0) this.draw([], [])
  }
}

/**
 * Finds the steps that have ended because another step begins. A step without a total never reports its end, and the parts of an assembly
 * do not always reach their totals; such steps run one after the other. If a base image is skipped, all steps for it have ended.
 */
function endedBy(event: ProgressEvent, steps: ReadonlyMap<string, Step>): readonly (readonly [string, Step])[] {
  return [...steps].filter(
    ([, { event: earlier }]) =>
      event.step === 'skip' ||
      earlier.totalBytes === null ||
      (earlier.step === 'assemble' && event.step === 'assemble'),
  )
}

/** Writes a notice at its full length; the terminal wraps it. */
function noticeLine({ step, subject }: ProgressEvent, columns: number): string {
  const line = `${progressWords[step].doing} ${replaceControls(subject)}`
  return step === 'skip' ? line : shortenMiddle(line, columns - 1)
}

/** Moves the cursor back to the start of the drawing, even if the terminal became narrower and has wrapped lines since. */
function eraseDrawn(lines: readonly string[], columns: number): string {
  if (lines.length === 0) return ''
  const rows = lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(displayWidth(line) / columns)), 0)
  return ERASE_LINE + (LINE_UP + ERASE_LINE).repeat(rows - 1)
}

function showLines(stderr: Output): ProgressDisplay {
  const begun = new Set<string>()
  return {
    progress: (event) => {
      const line = `${progressWords[event.step].line} ${replaceControls(event.subject)}`
      if (begun.has(line)) return
      begun.add(line)
      stderr.write(`${line}${event.totalBytes === null ? '' : ` (${formatByteLength(event.totalBytes)})`}\n`)
    },
    printLine: (line) => {
      stderr.write(`${line}\n`)
    },
    stop: () => undefined,
  }
}
