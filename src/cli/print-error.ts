import { BuildError, hasCode, isBuildError } from '../errors.ts'
import type { Problem } from '../errors/problem.ts'
import type { CliContext } from './context.ts'
import { interruptedExitCode } from './interruption.ts'
import { type ColourTarget, severityWord } from './terminal/colour.ts'
import { wrapWords } from './terminal/wrap-words.ts'

const EXIT_FAILURE = 1
const EXIT_INPUT = 2

/** Prints a failure (with `--json`, as JSON on stdout) and returns the exit code. */
export function printError(error: unknown, format: 'text' | 'json', context: CliContext): number {
  const { stdout, stderr, env } = context
  const failure = isBuildError(error) ? error : unexpected(error)
  const problems = hasCode(failure, 'CLUSTER_INVALID') ? failure.facts.problems : []
  if (format === 'json') {
    const { code, message, hint } = failure
    stdout.write(`${JSON.stringify({ error: { code, message, hint, problems } }, null, 2)}\n`)
  } else {
    stderr.write(problems.length > 0 ? formatProblems(problems, context) : formatFailure(failure, context))
  }
  // For people who work on bantam. Causes may name paths, never secrets.
  if (env.BANTAM_DEBUG && error instanceof Error) stderr.write(`${error.stack ?? ''}\n`)
  if (hasCode(failure, 'BUILD_INTERRUPTED')) return interruptedExitCode(context.signal)
  return failure.kind === 'input' ? EXIT_INPUT : EXIT_FAILURE
}

/** Writes one paragraph for each problem: its place, what is wrong, and what to do. */
export function formatProblems(problems: readonly Problem[], { stderr, env }: CliContext): string {
  return problems.map((problem) => fitTo(stderr, formatProblem(problem, { stream: stderr, env }))).join('')
}

function formatFailure({ code, message, hint }: BuildError, { stderr, env }: CliContext): string {
  return fitTo(stderr, `${severityWord('error', { stream: stderr, env })} ${code}: ${message}\n  ${hint}\n`)
}

/** Programs that read the output expect each message on one line. */
function fitTo(stream: NodeJS.WriteStream, text: string): string {
  return stream.isTTY ? wrapWords(text, stream.columns - 1) : text
}

function formatProblem({ severity, code, message, hint, file, line, column }: Problem, target: ColourTarget): string {
  const place = line === null ? file : `${file}:${line}${column === null ? '' : `:${column}`}`
  return `${place}: ${severityWord(severity, target)} ${code}: ${message}\n  ${hint}\n`
}

function unexpected(error: unknown): BuildError {
  const state =
    error instanceof Error
      ? `${error.name}${'code' in error ? ` ${String(error.code)}` : ''}: ${error.message}`
      : 'a thrown value'
  return new BuildError('BUG', { state }, { cause: error })
}
