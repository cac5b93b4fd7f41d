import { BuildError } from '../errors.ts'
import { runProgram } from '../host/run-program.ts'
import { lastWords, NOT_FOUND } from '../host/start-program.ts'

/** The emulator of 64-bit Arm machines; without a machine, of networks alone. */
export const QEMU = 'qemu-system-aarch64'

/** Asks the emulator's programs for their version, so that no work is done for nothing. Throws `EMULATOR_MISSING`, `EMULATOR_FAILED`. */
export async function requireEmulator(signal: AbortSignal): Promise<void> {
  for (const program of [QEMU, 'qemu-img']) await runEmulatorProgram(program, ['--version'], signal)
}

/** Makes a disk by `qemu-img`. Throws `EMULATOR_MISSING`, `EMULATOR_FAILED`. */
export async function runQemuImg(parameters: readonly string[], signal: AbortSignal): Promise<void> {
  await runEmulatorProgram('qemu-img', parameters, signal)
}

async function runEmulatorProgram(program: string, parameters: readonly string[], signal: AbortSignal): Promise<void> {
  const { status, output } = await runProgram(program, parameters, { signal })
  if (status !== 0) throw emulatorError(program, status, output)
}

/** Says why QEMU failed. A program that is not there is the one failure with a remedy of its own. */
export function emulatorError(program: string, status: number | null, complaints: readonly string[]): BuildError {
  return status === NOT_FOUND
    ? new BuildError('EMULATOR_MISSING', { program })
    : new BuildError('EMULATOR_FAILED', { program, reason: lastWords(complaints) || `exit code ${status ?? 'none'}` })
}
