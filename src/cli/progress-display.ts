import { MultiBar, type SingleBar } from 'cli-progress'
import type { Progress, ProgressEvent } from '../progress.ts'
import { formatByteLength } from '../units.ts'

/** Shows progress until it is stopped. */
export interface ProgressDisplay {
  readonly progress: Progress
  stop(): void
}

const WORDS: Readonly<Record<ProgressEvent['step'], string>> = {
  download: 'downloading',
  hash: 'hashing',
  decompress: 'decompressing',
  wait: 'waiting for',
  check: 'checking all blocks, this one time, of',
  pack: 'packing into blocks that images can share, this one time,',
  skip: 'going on without',
  'look up': 'looking up',
  assemble: 'assembling, this one time,',
  preload: 'putting k3s into',
  write: 'writing',
  verify: 'verifying',
  search: 'searching',
}

/** Shows bars on a terminal, and one line where a piece of work begins elsewhere; always on `stream`, never on stdout. */
export function showProgress(stream: NodeJS.WriteStream): ProgressDisplay {
  return stream.isTTY ? showBars(stream) : showLines(stream)
}

function showBars(stream: NodeJS.WriteStream): ProgressDisplay {
  const format = '{verb} {subject} [{bar}] {percentage}% {done} of {all}'
  const bars = new MultiBar({ stream, format, clearOnComplete: true, hideCursor: true, barsize: 24 })
  const known = new Map<string, SingleBar>()
  return {
    progress: (event) => {
      const key = `${event.step} ${event.subject}`
      const bar = known.get(key) ?? bars.create(1, 0)
      known.set(key, bar)
      bar.setTotal(event.totalBytes ?? Math.max(event.completedBytes, 1))
      bar.update(event.completedBytes, barFields(event))
      if (event.completedBytes === event.totalBytes) bars.remove(bar)
    },
    stop: () => {
      bars.stop()
    },
  }
}

function barFields({ step, subject, completedBytes, totalBytes }: ProgressEvent): Record<string, string> {
  return {
    verb: WORDS[step],
    subject,
    done: formatByteLength(completedBytes),
    all: totalBytes === null ? '?' : formatByteLength(totalBytes),
  }
}

function showLines(stream: NodeJS.WriteStream): ProgressDisplay {
  const begun = new Set<string>()
  return {
    progress: (event) => {
      const line = `${WORDS[event.step]} ${event.subject}`
      if (begun.has(line)) return
      begun.add(line)
      stream.write(`${line}${event.totalBytes === null ? '' : ` (${formatByteLength(event.totalBytes)})`}\n`)
    },
    stop: () => undefined,
  }
}
