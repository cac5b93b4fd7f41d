import { machineErrors } from '../errors/machine.ts'
import { formatByteLength, MIB } from '../units.ts'

/** Below this limit of its heap, V8 ends the process while the program loads, or during the first image. */
const LEAST_HEAP_BYTES = 80 * MIB

type Format = 'text' | 'json'

/**
 * Formats the failure of a program whose own files cannot be opened, because the process may open too few. `printError` is
 * one of these files. Returns null for any other failure.
 */
export function formatLoadFailure(error: unknown, format: Format): string | null {
  const code = error instanceof Error && 'code' in error ? error.code : null
  if (code !== 'EMFILE' && code !== 'ENFILE') return null
  const facts = { limit: code === 'EMFILE' ? 'process' : 'machine' } as const
  const { message, hint } = machineErrors.MACHINE_OPEN_FILES
  return formatFailure({ code: 'MACHINE_OPEN_FILES', message: message(facts), hint: hint(facts) }, format)
}

/**
 * Formats the failure of a program that V8 gives too little memory for objects: it would end the process, and no code of
 * ours would run any more. Returns null for a heap that is large enough to begin.
 */
export function formatSmallHeap(limitBytes: number, format: Format): string | null {
  if (limitBytes >= LEAST_HEAP_BYTES) return null
  const { message, hint } = machineErrors.MACHINE_MEMORY
  const reason = `V8 may use ${formatByteLength(limitBytes)} for objects, and bantam takes more than ${formatByteLength(LEAST_HEAP_BYTES)}`
  return formatFailure({ code: 'MACHINE_MEMORY', message: message({ reason }), hint }, format)
}

function formatFailure(words: { code: string; message: string; hint: string }, format: Format): string {
  return format === 'json'
    ? `${JSON.stringify({ error: { ...words, problems: [] } }, null, 2)}\n`
    : `error ${words.code}: ${words.message}\n  ${words.hint}\n`
}
