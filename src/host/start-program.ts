import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process'
import type { Readable } from 'node:stream'

export interface StartOptions {
  readonly stdio: StdioOptions
  /** `own`: the program leads a new process group, to which `signalGroup` sends signals. */
  readonly group?: 'ours' | 'own'
}

/** A running program. */
export interface RunningProgram {
  /** Undefined if it did not start. */
  readonly pid: number | undefined
  /** Null if `stdio` connects it to something else. */
  readonly stdout: Readable | null
  readonly stderr: Readable | null
  /**
   * Resolves to the exit code after the program has ended and all its output was read. `NOT_FOUND`: there is no such
   * program. Null: a signal ended it. Rejects with the system's error if it could not be started for another reason.
   */
  readonly ended: Promise<number | null>
  /** Ends it at once. */
  readonly kill: () => void
}

/** Exit code for a missing program, as in a shell. */
export const NOT_FOUND = 127

/** Starts a program of this machine. All code that runs programs uses this function. */
export function startProgram(program: string, args: readonly string[], options: StartOptions): RunningProgram {
  const child = spawn(program, args, { stdio: options.stdio, detached: options.group === 'own' })
  const ended = endOf(child)
  // Callers that await `ended` get the error. This handler avoids an unhandled rejection while nobody awaits it.
  ended.catch(() => undefined)
  return {
    pid: child.pid,
    stdout: child.stdout,
    stderr: child.stderr,
    ended,
    kill: () => {
      child.kill('SIGKILL')
    },
  }
}

function endOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.on('error', (error) => {
      // With a pid, the error means that a signal could not be sent. The program continues.
      if (child.pid !== undefined) return
      if ('code' in error && error.code === 'ENOENT') resolve(NOT_FOUND)
      else reject(error)
    })
    child.on('close', (status) => {
      resolve(status)
    })
  })
}

/** Sends a signal to a program's process group. Does nothing if all its processes have ended. */
export function signalGroup({ pid }: RunningProgram, name: 'TERM' | 'KILL'): void {
  if (pid !== undefined) startProgram('sh', ['-c', `kill -s ${name} -- -${pid}`], { stdio: 'ignore' })
}

const KEPT_LINES = 400

/** Collects the last lines of a program's output. Passes on each line when it is complete. */
export function collectLines(
  streams: readonly (Readable | null)[],
  onLine: (line: string) => void = () => undefined,
): readonly string[] {
  const lines: string[] = []
  for (const stream of streams)
    readLines(stream, (line) => {
      lines.push(line)
      if (lines.length > KEPT_LINES) lines.shift()
      onLine(line)
    })
  return lines
}

function readLines(stream: Readable | null, take: (line: string) => void): void {
  let rest = ''
  stream?.setEncoding('utf8')
  stream?.on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) take(line)
  })
  stream?.on('end', () => {
    if (rest !== '') take(rest)
  })
}

/** Joins a program's last lines of output into one line. */
export function lastWords(lines: readonly string[]): string {
  return lines.join('\n').trim().split('\n').slice(-3).join('; ').slice(0, 500)
}
