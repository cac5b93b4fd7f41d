import { machineErrors } from '../errors/machine.ts'

/**
 * Formats the failure of a program whose own files cannot be opened, because the process may open too few. `printError` is
 * one of these files. Returns null for any other failure.
 */
export function formatLoadFailure(error: unknown, format: 'text' | 'json'): string | null {
  const code = error instanceof Error && 'code' in error ? error.code : null
  if (code !== 'EMFILE' && code !== 'ENFILE') return null
  const facts = { limit: code === 'EMFILE' ? 'process' : 'machine' } as const
  const { message, hint } = machineErrors.MACHINE_OPEN_FILES
  const words = { code: 'MACHINE_OPEN_FILES', message: message(facts), hint: hint(facts) }
  return format === 'json'
    ? `${JSON.stringify({ error: { ...words, problems: [] } }, null, 2)}\n`
    : `error ${words.code}: ${words.message}\n  ${words.hint}\n`
}
