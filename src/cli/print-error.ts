import { BuildError, hasCode, isBuildError } from '../errors.ts'
import type { Problem } from '../errors/problem.ts'
import { callError, limitError } from '../host/machine-error.ts'
import { formatJson } from '../text/replace-controls.ts'
import type { CliContext } from './context.ts'
import { interruptedExitCode } from './interruption.ts'
import { severityWord } from './terminal/colour.ts'
import { wrapWords } from './terminal/wrap-words.ts'

const EXIT_FAILURE = 1
const EXIT_INPUT = 2

/** Prints a failure (with `--json`, as JSON on stdout) and returns the exit code. */
export function printError(error: unknown, format: 'text' | 'json', context: CliContext): number {
  const { stdout, stderr, env } = context
  const failure = describe(error)
  const problems = hasCode(failure, 'CLUSTER_INVALID') ? failure.facts.problems : []
  const { code, message, hint } = failure
  if (format === 'json') {
    stdout.write(`${formatJson({ error: { code, message, hint, problems } })}\n`)
  } else if (problems.length > 0) {
    printProblems(problems, context)
  } else {
    printParagraph({ place: '', severity: 'error', code, message, hint }, context)
  }
  // For people who work on bantam. Causes may name paths, never secrets.
  if (env.BANTAM_DEBUG && error instanceof Error) stderr.write(`${error.stack ?? ''}\n`)
  if (hasCode(failure, 'BUILD_INTERRUPTED')) return interruptedExitCode(context.signal)
  return failure.kind === 'input' ? EXIT_INPUT : EXIT_FAILURE
}

/** Prints one paragraph for each problem: its place, what is wrong, and what to do. */
export function printProblems(problems: readonly Problem[], context: CliContext): void {
  for (const { file, line, column, ...words } of problems) {
    const place = line === null ? file : `${file}:${line}${column === null ? '' : `:${column}`}`
    printParagraph({ ...words, place: `${place}: ` }, context)
  }
}

interface Paragraph extends Pick<Problem, 'severity' | 'code' | 'message' | 'hint'> {
  readonly place: string
}

function printParagraph({ place, severity, code, message, hint }: Paragraph, { stderr, env }: CliContext): void {
  stderr.write(`${place}${severity} ${code}: ${message}\n  ${hint}\n`, (safe) =>
    // Programs that read the output expect each message on one line.
    (stderr.columns === undefined || !stderr.isTTY ? safe : wrapWords(safe, stderr.columns - 1)).replace(
      // Colour comes last: it takes no columns, and only here it is known to be ours.
      new RegExp(`${severity}(?=\\s+${code}:)`),
      severityWord(severity, { stream: stderr, env }),
    ),
  )
}

/** Names a failure: a limit of the machine first, which any failure may hide, and a mistake in bantam last. */
function describe(error: unknown): BuildError {
  const limit = limitError(error)
  if (limit !== null) return limit
  return isBuildError(error) ? error : (callError(error) ?? unexpected(error))
}

function unexpected(error: unknown): BuildError {
  const state =
    error instanceof Error
      ? `${error.name}${'code' in error ? ` ${String(error.code)}` : ''}: ${error.message}`
      : 'a thrown value'
  return new BuildError('BUG', { state }, { cause: error })
}
