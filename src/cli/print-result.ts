import type { Problem } from '../errors/problem.ts'
import type { CliContext } from './context.ts'
import { formatProblems } from './print-error.ts'

/** Prints a result. With `--json`: one JSON document on stdout. Otherwise: text on stdout and warnings on stderr. */
export function printResult(
  result: { readonly json: object; readonly text: string; readonly warnings: readonly Problem[] },
  options: { readonly json?: true },
  context: CliContext,
): void {
  const { stdout, stderr } = context
  if (options.json) {
    stdout.write(`${JSON.stringify(result.json, null, 2)}\n`)
    return
  }
  stderr.write(formatProblems(result.warnings, context))
  stdout.write(result.text)
}
