import { getSystemErrorMap } from 'node:util'
import { BuildError } from '../errors.ts'
import { readProcessLimit } from './process-limits.ts'

/** What V8 says when it gets no memory for a WebAssembly instance or for bytes. They are plain RangeErrors without a code. */
const OUT_OF_MEMORY = /out of memory|allocation failed/i
const MEMORY_CODES: readonly unknown[] = [
  'ENOMEM',
  'ERR_MEMORY_ALLOCATION_FAILED',
  'ERR_WORKER_OUT_OF_MEMORY',
  'ERR_WORKER_INIT_FAILED',
]

/** Below this limit of open files, Node itself fails to find modules, and calls them missing. */
const FEW_OPEN_FILES = 256

/**
 * Finds a limit of the machine behind an error or its causes: too few open files, or too little memory. Any read, write or import can meet one,
 * and then the limit is what the user has to know, whatever file was at hand. Null where there is none.
 */
export function limitError(error: unknown): BuildError | null {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const code = 'code' in cause ? cause.code : undefined
    if (code === 'EMFILE') return new BuildError('MACHINE_OPEN_FILES', { limit: 'process' }, { cause: error })
    if (code === 'ERR_MODULE_NOT_FOUND') return moduleError(cause)
    if (code === 'ENFILE') return new BuildError('MACHINE_OPEN_FILES', { limit: 'machine' }, { cause: error })
    const isMemory = MEMORY_CODES.includes(code) || (cause instanceof RangeError && OUT_OF_MEMORY.test(cause.message))
    if (isMemory) return new BuildError('MACHINE_MEMORY', { reason: cause.message }, { cause: error })
  }
  return null
}

/** A module of bantam is there, unless an installation was cut off: without open files, Node does not find it either. */
function moduleError(cause: Error): BuildError {
  return readProcessLimit('Max open files') < FEW_OPEN_FILES
    ? new BuildError('MACHINE_OPEN_FILES', { limit: 'process' }, { cause })
    : new BuildError('MACHINE_INSTALLATION_INCOMPLETE', { reason: cause.message }, { cause })
}

/** Puts an error of the operating system into words that name the call, the path and the reason. Null for any other error. */
export function callError(error: unknown): BuildError | null {
  const { code, syscall, path, errno } = error instanceof Error ? (error as NodeJS.ErrnoException) : {}
  if (code === undefined || syscall === undefined) return null
  const words = getSystemErrorMap().get(errno ?? 0)?.[1]
  const reason = words === undefined ? code : `${code}, ${words}`
  return new BuildError('MACHINE_CALL_FAILED', { call: syscall, path: path ?? null, reason }, { cause: error })
}
