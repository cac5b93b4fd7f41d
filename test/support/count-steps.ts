/**
 * Counts what code does instead of how long it takes: how often V8 enters each block of it, the same on every machine and under any load.
 * A loop's body counts once a round, so work that grows with the square of its input shows as such. What the engine does by itself, such as a
 * regular expression or a sort, counts as one step.
 */
import { Session } from 'node:inspector/promises'

export interface StepCount {
  /** Blocks entered, in the sources and in packages. */
  readonly steps: number
  /** Calls of functions by name, those of the sources only. */
  readonly calls: ReadonlyMap<string, number>
}

const session = new Session()
session.connect()
await session.post('Profiler.enable')
// Before any code that is counted has run: V8 compiles counters into what it compiles from here on.
await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })

/** Counts the steps of some work, which nothing else may accompany in this process. */
export async function countSteps(work: () => unknown): Promise<StepCount> {
  // Taking the counts sets them back.
  await session.post('Profiler.takePreciseCoverage')
  await work()
  const { result } = await session.post('Profiler.takePreciseCoverage')
  let steps = 0
  const calls = new Map<string, number>()
  for (const { url, functions } of result) {
    const ours = /\/src\/.*\.ts$/.test(url)
    // Those of the test runner are none of the work.
    if (!ours && (!url.includes('/node_modules/') || /\/node_modules\/(@?vitest|vite)\b/.test(url))) continue
    for (const { functionName, ranges } of functions) {
      for (const { count } of ranges) steps += count
      if (ours) calls.set(functionName, (calls.get(functionName) ?? 0) + (ranges[0]?.count ?? 0))
    }
  }
  return { steps, calls }
}
