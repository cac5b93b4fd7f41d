import { readFileSync } from 'node:fs'
import { BuildError } from '../errors.ts'
import { formatByteLength, GIB } from '../units.ts'

/** V8 reserves 8 GiB of addresses for the memory of one WebAssembly instance, and an image has two file systems. */
const LEAST_ADDRESS_BYTES = 16 * GIB

/** Reads a limit of this process, as proc_pid_limits(5) names it; Infinity where there is none, or where the system does not say. */
export function readProcessLimit(name: 'Max open files' | 'Max address space'): number {
  try {
    const [, value] = new RegExp(`^${name} +(\\d+)`, 'm').exec(readFileSync('/proc/self/limits', 'latin1')) ?? []
    return value === undefined ? Infinity : Number(value)
  } catch (error) {
    // Without a free file, the limit cannot be read, because it is reached.
    return name === 'Max open files' && (error as NodeJS.ErrnoException).code === 'EMFILE' ? 0 : Infinity
  }
}

/**
 * Refuses to work on images if the file systems in them cannot be opened. Without this check, the threads for blocks start first, and with few
 * addresses V8 ends the whole process there. Throws `MACHINE_MEMORY`.
 */
export function requireAddressSpace(): void {
  const limit = readProcessLimit('Max address space')
  if (limit >= LEAST_ADDRESS_BYTES) return
  throw new BuildError('MACHINE_MEMORY', {
    reason: `its addresses are limited to ${formatByteLength(limit)}, and an image takes more than ${formatByteLength(LEAST_ADDRESS_BYTES)}`,
  })
}
