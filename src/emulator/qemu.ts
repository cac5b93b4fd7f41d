import { BuildError } from '../errors.ts'
import { runProgram } from '../host/run-program.ts'
import { lastWords, NOT_FOUND } from '../host/start-program.ts'

/** The emulator of 64-bit Arm machines. Without a machine, it emulates only networks. */
export const QEMU = 'qemu-system-aarch64'

/** Checks that the emulator's programs start, before long work. Throws `EMULATOR_MISSING`, `EMULATOR_FAILED`. */
export async function requireEmulator(signal: AbortSignal): Promise<void> {
  for (const program of [QEMU, 'qemu-img']) await runEmulatorProgram(program, ['--version'], signal)
}

/** Runs `qemu-img`. Throws `EMULATOR_MISSING`, `EMULATOR_FAILED`. */
export async function runQemuImg(parameters: readonly string[], signal: AbortSignal): Promise<void> {
  await runEmulatorProgram('qemu-img', parameters, signal)
}

async function runEmulatorProgram(program: string, parameters: readonly string[], signal: AbortSignal): Promise<void> {
  const { status, output } = await runProgram(program, parameters, { signal })
  if (status !== 0) throw emulatorError(program, status, output)
}

/** Makes the error for a failure of QEMU. A missing program has a separate code, because it has a separate remedy. */
export function emulatorError(program: string, status: number | null, complaints: readonly string[]): BuildError {
  return status === NOT_FOUND
    ? new BuildError('EMULATOR_MISSING', { program })
    : new BuildError('EMULATOR_FAILED', { program, reason: lastWords(complaints) || `exit code ${status ?? 'none'}` })
}
