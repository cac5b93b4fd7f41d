/** Outside programs that decide whether output is right: skipped visibly where missing, required in CI. */
import { execFileSync, spawnSync } from 'node:child_process'
import { test } from 'vitest'

const requireAll = process.env.CI === 'true'

export interface Verdict {
  readonly status: number
  readonly output: string
}

/** Runs a program to its end and gives its exit code with everything that it printed. */
export function run(
  program: string,
  args: readonly string[],
  options: { input?: string | Uint8Array; env?: NodeJS.ProcessEnv; cwd?: string } = {},
): Verdict {
  const result = spawnSync(program, args, {
    input: options.input,
    cwd: options.cwd,
    env: {
      ...process.env,
      PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin`,
      LC_ALL: 'C',
      MTOOLS_SKIP_CHECK: '1',
      ...options.env,
    },
    maxBuffer: 256 * 1024 * 1024,
  })
  if (result.error !== undefined) throw result.error
  return { status: result.status ?? -1, output: `${result.stdout.toString()}${result.stderr.toString()}` }
}

/** Says whether a program is on this machine; in CI a missing one fails the test run. */
export function hasProgram(program: string): boolean {
  try {
    execFileSync('sh', ['-c', `PATH=$PATH:/usr/sbin:/sbin command -v ${program}`], { stdio: 'ignore' })
    return true
  } catch {
    if (requireAll) throw new Error(`${program} is required in CI and is not installed`)
    return false
  }
}

/** `test`, skipped visibly where one of the programs is missing. */
export function testWith(...programs: readonly string[]): typeof test {
  const missing = programs.filter((program) => !hasProgram(program))
  // Vitest's conditional test has the same call signature as `test`.
  return missing.length === 0 ? test : (test.skip as typeof test)
}

/** `test`, skipped visibly where this user cannot make a disk of a file: without root, or in a container without loop devices. */
export const testWithLoopDevice: typeof test =
  process.getuid?.() === 0 &&
  ['mount', 'mke2fs', 'losetup', 'unshare'].every(hasProgram) &&
  run('losetup', ['--find']).status === 0
    ? test
    : (test.skip as typeof test)
