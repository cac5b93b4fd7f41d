import { spawn } from 'node:child_process'
import { BuildError } from '../errors.ts'

/** The emulator of 64-bit Arm machines; without a machine, of networks alone. */
export const QEMU = 'qemu-system-aarch64'

/** Asks the emulator's programs for their version, so that no work is done for nothing. Throws `EMULATOR_MISSING`, `EMULATOR_FAILED`. */
export async function requireEmulator(signal: AbortSignal): Promise<void> {
  for (const program of [QEMU, 'qemu-img']) await runProgram(program, ['--version'], signal)
}

/** Runs a program to its end. Throws `EMULATOR_MISSING`, `EMULATOR_FAILED`. */
export async function runProgram(program: string, parameters: readonly string[], signal: AbortSignal): Promise<void> {
  const child = spawn(program, parameters, { stdio: ['ignore', 'ignore', 'pipe'], signal })
  let complaints = ''
  child.stderr.on('data', (bytes: Buffer) => {
    complaints += bytes.toString()
  })
  await new Promise<void>((resolve, reject) => {
    child.on('error', (error) => {
      reject(explainSpawnError(error, program))
    })
    child.on('close', (code) => {
      if (code === 0) resolve()
      else
        reject(
          new BuildError('EMULATOR_FAILED', {
            program,
            reason: lastWords(complaints) || `exit code ${code ?? 'none'}`,
          }),
        )
    })
  })
}

/** A program that is not there is the one failure with a remedy of its own. */
export function explainSpawnError(error: Error, program: string): Error {
  return (error as NodeJS.ErrnoException).code === 'ENOENT' ? new BuildError('EMULATOR_MISSING', { program }) : error
}

/** What a program said last, in one line. */
export function lastWords(text: string): string {
  return text.trim().split('\n').slice(-3).join('; ').slice(0, 500)
}
