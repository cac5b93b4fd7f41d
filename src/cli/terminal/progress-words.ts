import type { ProgressStep } from '../../progress.ts'

interface StepWords {
  /** Begins the one line that a step prints where there is no terminal. It gives the reason for the work. */
  readonly line: string
  /** Begins a line on a terminal, which has room for one or two words. */
  readonly doing: string
  /** Begins the line that stays after the step. */
  readonly done: string
}

const both = (doing: string, done: string): StepWords => ({ line: doing, doing, done })

export const progressWords: Readonly<Record<ProgressStep, StepWords>> = {
  download: both('downloading', 'downloaded'),
  hash: both('hashing', 'hashed'),
  decompress: both('decompressing', 'decompressed'),
  wait: both('waiting for', 'waited for'),
  check: { line: 'checking all blocks once:', doing: 'checking', done: 'checked' },
  pack: { line: 'packing once, into blocks that images can share:', doing: 'packing', done: 'packed' },
  skip: both('continuing without', 'continued without'),
  discard: {
    line: 'discarding a damaged file:',
    doing: 'discarding a damaged file:',
    done: 'discarded a damaged file:',
  },
  'look up': both('looking up', 'looked up'),
  assemble: { line: 'assembling once:', doing: 'assembling', done: 'assembled' },
  repair: both('repairing a copy of', 'repaired a copy of'),
  preload: both('adding k3s to', 'added k3s to'),
  write: both('writing', 'wrote'),
  verify: both('verifying', 'verified'),
  search: both('searching', 'searched'),
}

/** Says whether a step is a notice: printed once, without a length or an end. It reports a decision or another program's work. */
export function isNotice(step: ProgressStep): boolean {
  return step === 'wait' || step === 'skip' || step === 'discard' || step === 'look up'
}
