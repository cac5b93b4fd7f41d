/** Runs the command line: in this process, or as the built program where the process itself is what a test is about. */
import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { CliContext } from '../../src/cli/context.ts'
import { runCli } from '../../src/cli/run-cli.ts'
import { Output } from '../../src/cli/terminal/output.ts'

export const cliPath = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const packageFolder = fileURLToPath(new URL('../..', import.meta.url))

export interface CliRun {
  /** The exit code; null where a signal ended the process. */
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface CliSetting {
  readonly env?: NodeJS.ProcessEnv
  /** Gets all that was written on stderr so far, and may interrupt the command as Ctrl-C does. */
  readonly onStderr?: (text: string, interrupt: () => void) => void
  readonly now?: Date
}

/**
 * Runs `bantam` in a folder, within this process. The home folder is the same folder, so that no key of the machine is found, and no stream
 * is a terminal. Programs that it starts get this process's environment, whatever `env` says: see `bantamProcess`.
 */
export async function bantam(
  folder: string,
  parameters: readonly string[],
  env: NodeJS.ProcessEnv = {},
  setting: Omit<CliSetting, 'env'> = {},
): Promise<CliRun> {
  const interruption = new AbortController()
  const stdout = new CollectingStream()
  const stderr = new CollectingStream((text) =>
    setting.onStderr?.(text, () => {
      interruption.abort()
    }),
  )
  const context: CliContext = {
    // Not streams of a process, but what the commands use of them: write, isTTY and columns.
    stdout: new Output(stdout as unknown as NodeJS.WriteStream),
    stderr: new Output(stderr as unknown as NodeJS.WriteStream),
    stdin: Object.assign(Readable.from([]), { isTTY: false }) as unknown as NodeJS.ReadStream,
    env: cliEnv(folder, env),
    workingFolder: folder,
    homeFolder: folder,
    packageFolder,
    coreCount: availableParallelism(),
    now: setting.now ?? new Date(),
    signal: interruption.signal,
  }
  const status = await runCli(parameters, context)
  return { status, stdout: stdout.text, stderr: stderr.text }
}

/** Runs the built `bantam` as a user does. For signals, for two at once, and for programs that it finds by PATH. */
export async function bantamProcess(
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

/** Keeps all that is written to it. */
class CollectingStream extends Writable {
  readonly isTTY = false
  readonly columns = 80
  text = ''

  constructor(onText: (text: string) => void = () => undefined) {
    super({
      decodeStrings: false,
      write: (chunk: string | Uint8Array, _encoding, done) => {
        this.text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()
        onText(this.text)
        done()
      },
    })
  }
}

function cliEnv(folder: string, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  // A variable that is undefined is not handed on.
  return { ...process.env, SOURCE_DATE_EPOCH: undefined, HOME: folder, BANTAM_CACHE: join(folder, 'cache'), ...env }
}
