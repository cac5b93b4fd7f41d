import type { Problem } from '../errors/problem.ts'
import { formatJson } from '../text/replace-controls.ts'
import type { CliContext } from './context.ts'
import { printProblems } from './print-error.ts'

/** Prints a result. With `--json`: one JSON document on stdout. Otherwise: text on stdout and warnings on stderr. */
export function printResult(
  result: { readonly json: object; readonly text: string; readonly warnings: readonly Problem[] },
  options: { readonly json?: true },
  context: CliContext,
): void {
  if (options.json) {
    context.stdout.write(`${formatJson(result.json)}\n`)
    return
  }
  printProblems(result.warnings, context)
  context.stdout.write(result.text)
}
