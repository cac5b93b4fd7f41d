import { CommanderError } from 'commander'
import { BuildError } from '../errors.ts'
import type { CliContext } from './context.ts'
import { createProgram } from './create-program.ts'
import { printError } from './print-error.ts'
import { usageMessage } from './usage-message.ts'

const EXIT_DONE = 0
const EXIT_USAGE = 2

/**
 * Runs one command line and returns its exit code: 0 done, 1 failed, 2 wrong usage or invalid input. For interrupted work, the code is 128
 * plus the number of the signal.
 */
export async function runCli(parameters: readonly string[], processContext: CliContext): Promise<number> {
  const context = parameters.includes('--no-color') ? withoutColour(processContext) : processContext
  try {
    await createProgram(context).parseAsync(parameters, { from: 'user' })
    return EXIT_DONE
  } catch (error) {
    const format = parameters.includes('--json') ? 'json' : 'text'
    if (!(error instanceof CommanderError)) return printError(nameInterruption(error, context.signal), format, context)
    // Commander has already printed the help or the usage error.
    if (error.exitCode === 0) return EXIT_DONE
    const reason = usageMessage(error.message.replace(/^error: /, ''))
    return format === 'json' ? printError(new BuildError('USAGE_INVALID', { reason }), format, context) : EXIT_USAGE
  }
}

/** Adds NO_COLOR. The other properties are inherited and not copied, because reading a folder that is gone throws. */
function withoutColour(context: CliContext): CliContext {
  // Object.create has no type for what it makes.
  return Object.create(context, { env: { value: { ...context.env, NO_COLOR: '1' } } }) as CliContext
}

/** Turns the error of interrupted work (an aborted transfer, a killed copy, an unanswered question) into an interruption, or names its cause. */
function nameInterruption(error: unknown, signal: AbortSignal): unknown {
  const reason: unknown = signal.aborted ? signal.reason : error
  const interrupted = reason instanceof Error && reason.name === 'AbortError'
  return interrupted ? new BuildError('BUILD_INTERRUPTED', undefined, { cause: error }) : reason
}
