import type { ProgressStep } from '../../progress.ts'

interface StepWords {
  /** Begins a plain line, which nothing follows: it says why the work is done. */
  readonly line: string
  /** Begins a line on a terminal, where there is room for a word or two. */
  readonly doing: string
  /** Begins the line that stays behind. */
  readonly done: string
}

const both = (doing: string, done: string): StepWords => ({ line: doing, doing, done })

export const progressWords: Readonly<Record<ProgressStep, StepWords>> = {
  download: both('downloading', 'downloaded'),
  hash: both('hashing', 'hashed'),
  decompress: both('decompressing', 'decompressed'),
  wait: both('waiting for', 'waited for'),
  check: { line: 'checking all blocks, this one time, of', doing: 'checking', done: 'checked' },
  pack: { line: 'packing into blocks that images can share, this one time,', doing: 'packing', done: 'packed' },
  skip: both('going on without', 'went on without'),
  'look up': both('looking up', 'looked up'),
  assemble: { line: 'assembling, this one time,', doing: 'assembling', done: 'assembled' },
  preload: both('putting k3s into', 'put k3s into'),
  write: both('writing', 'wrote'),
  verify: both('verifying', 'verified'),
  search: both('searching', 'searched'),
}

/** What is said once, without a length or an end: somebody else's work, or a decision. */
export function isNotice(step: ProgressStep): boolean {
  return step === 'wait' || step === 'skip' || step === 'look up'
}
