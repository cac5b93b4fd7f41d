/** Runs the built command line as a user does. */
import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const cliPath = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

export interface CliRun {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs `bantam` in a folder; the home folder is the same folder, so that no key of the machine is found. */
export function bantam(folder: string, parameters: readonly string[], env: NodeJS.ProcessEnv = {}): CliRun {
  const result = spawnSync(process.execPath, [cliPath, ...parameters], {
    cwd: folder,
    env: cliEnv(folder, env),
    encoding: 'utf8',
    maxBuffer: 1e8,
  })
  return { status: result.status, stdout: result.stdout, stderr: result.stderr }
}

/** As `bantam`, without blocking: a server in the test's own process can answer meanwhile. `onStderr` may signal it. */
export async function bantamAside(
  folder: string,
  parameters: readonly string[],
  env: NodeJS.ProcessEnv = {},
  onStderr: (text: string, kill: (signal: NodeJS.Signals) => boolean) => void = () => undefined,
): Promise<CliRun> {
  const child = spawn(process.execPath, [cliPath, ...parameters], {
    cwd: folder,
    env: cliEnv(folder, env),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
    onStderr(stderr, (signal) => child.kill(signal))
  })
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { status, stdout, stderr }
}

function cliEnv(folder: string, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  // A variable that is undefined is not handed on.
  return { ...process.env, SOURCE_DATE_EPOCH: undefined, HOME: folder, BANTAM_CACHE: join(folder, 'cache'), ...env }
}
