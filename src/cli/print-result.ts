import type { Problem } from '../yaml-source/problem.ts'
import type { CliContext } from './context.ts'
import { formatProblems } from './print-error.ts'

/** Prints a result: one JSON document on stdout where `--json` is given, else text there and warnings on stderr. */
export function printResult(
  result: { readonly json: object; readonly text: string; readonly warnings: readonly Problem[] },
  options: { readonly json?: true },
  { stdout, stderr }: CliContext,
): void {
  if (options.json) {
    stdout.write(`${JSON.stringify(result.json, null, 2)}\n`)
    return
  }
  stderr.write(formatProblems(result.warnings))
  stdout.write(result.text)
}

/** Lays rows out in columns, two spaces apart. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths: number[] = []
  for (const row of rows) row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, cell.length)))
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  return lines.map((line) => `${line}\n`).join('')
}
