import { setImmediate as untilErrorsArrived } from 'node:timers/promises'
import { getSystemErrorMap } from 'node:util'
import { BuildError } from '../errors.ts'
import type { CliContext } from './context.ts'

const EXIT_DONE = 0
const EXIT_FAILURE = 1

/**
 * Returns the exit code of a command whose text may be lost, as on a full disk: `bantam plan >/dev/full`. A script must not take empty output for
 * a result, so a command that is done fails then. One line on stderr says what is lost, if stderr still works.
 */
export async function finishOutput(exitCode: number, { stdout, stderr }: CliContext): Promise<number> {
  // Node reports a refused write after the write, as an event.
  await untilErrorsArrived()
  const failure = stdout.failure ?? stderr.failure
  if (failure === null) return exitCode
  if (stderr.failure === null) {
    const { code, message, hint } = new BuildError('OUTPUT_STREAM_FAILED', {
      code: failure.code ?? 'unknown',
      reason: getSystemErrorMap().get(failure.errno ?? 0)?.[1] ?? 'unknown error',
      outcome: exitCode === EXIT_DONE ? 'done' : 'failed',
    })
    stderr.write(`error ${code}: ${message} ${hint}\n`)
  }
  return exitCode === EXIT_DONE ? EXIT_FAILURE : exitCode
}
