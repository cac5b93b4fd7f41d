/** Running and timing of whole processes. Figures are medians, since the machines are shared. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const projectFolder = fileURLToPath(new URL('..', import.meta.url))
export const cliPath = `${projectFolder}dist/cli/main.js`

/** Runs a command to its end; throws where it fails. Gives wall seconds and, for Node, peak memory in bytes. */
export function runProcess(command, parameters, options = {}) {
  const start = process.hrtime.bigint()
  const result = spawnSync(command, parameters, { encoding: 'utf8', maxBuffer: 1e8, ...options })
  const seconds = Number(process.hrtime.bigint() - start) / 1e9
  if (result.status !== 0)
    throw new Error(`${command} ${parameters.join(' ')} failed:\n${result.stderr}${result.stdout}`)
  const peak = /^peak memory (\d+)$/m.exec(result.stderr)
  return { seconds, peakBytes: peak === null ? null : Number(peak[1]), stdout: result.stdout }
}

/** Runs a Node program and reports its peak memory. */
export function runNode(parameters, options = {}) {
  return runProcess(process.execPath, ['--import', `${projectFolder}bench/report-memory.mjs`, ...parameters], options)
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** Runs two pieces of work in turn, A B A B …, after one round that does not count; gives both and their pairs. */
export async function inPairs(rounds, first, second) {
  const pairs = []
  for (let round = 0; round <= rounds; round += 1) {
    const pair = [await first(round), await second(round)]
    if (round > 0) pairs.push(pair)
  }
  return {
    first: median(pairs.map(([a]) => a)),
    second: median(pairs.map(([, b]) => b)),
    ratio: median(pairs.map(([a, b]) => a / b)),
    difference: median(pairs.map(([a, b]) => a - b)),
  }
}

/** Times one call in seconds. */
export async function timed(work) {
  const start = process.hrtime.bigint()
  await work()
  return Number(process.hrtime.bigint() - start) / 1e9
}
