import { spawn } from 'node:child_process'
import { BuildError } from '../errors.ts'

/** Runs a program to its end and gives its output. Throws `EMULATOR_MISSING`, `EMULATOR_FAILED`. */
export async function runProgram(program: string, parameters: readonly string[], signal: AbortSignal): Promise<string> {
  const child = spawn(program, parameters, { stdio: ['ignore', 'pipe', 'pipe'], signal })
  const output: Buffer[] = []
  const complaints: Buffer[] = []
  child.stdout.on('data', (bytes: Buffer) => output.push(bytes))
  child.stderr.on('data', (bytes: Buffer) => complaints.push(bytes))
  await new Promise<void>((resolve, reject) => {
    child.on('error', (error) => { reject(explainSpawnError(error, program)) })
    child.on('close', (code) => {
      if (code === 0) resolve()
      else reject(new BuildError('EMULATOR_FAILED', { program, reason: lastWords(Buffer.concat(complaints).toString()) || `exit code ${code ?? 'none'}` }))
    })
  })
  return Buffer.concat(output).toString()
}

/** A program that is not there is the one failure with a remedy of its own. */
export function explainSpawnError(error: Error, program: string): Error {
  return (error as NodeJS.ErrnoException).code === 'ENOENT' ? new BuildError('EMULATOR_MISSING', { program }) : error
}

/** What a program said last, in one line. */
export function lastWords(text: string): string {
  return text.trim().split('\n').slice(-3).join('; ').slice(0, 500)
}
