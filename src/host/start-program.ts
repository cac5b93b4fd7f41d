import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process'
import type { Readable } from 'node:stream'

export interface StartOptions {
  readonly stdio: StdioOptions
  /** `own`: the program leads a process group, to which `signalGroup` sends signals. */
  readonly group?: 'ours' | 'own'
}

/** A program at work beside us. */
export interface RunningProgram {
  /** Undefined where it did not start. */
  readonly pid: number | undefined
  /** Null where `stdio` connects it to something else. */
  readonly stdout: Readable | null
  readonly stderr: Readable | null
  /**
   * Its exit code, once it has ended and all that it printed was read: `NOT_FOUND` where there is no such program, null where a signal
   * ended it. Rejects with what the system says where it could not be started for another reason.
   */
  readonly ended: Promise<number | null>
  /** Ends it at once. */
  readonly kill: () => void
}

/** Exit code for a program that is not there, as a shell says it. */
export const NOT_FOUND = 127

/** Starts a program of this machine. Whatever runs programs goes through here. */
export function startProgram(program: string, args: readonly string[], options: StartOptions): RunningProgram {
  const child = spawn(program, args, { stdio: options.stdio, detached: options.group === 'own' })
  const ended = endOf(child)
  // Whoever waits for the end is told; where nobody does yet, it is no failure that nobody handles.
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
      // Else it is a signal that could not be sent, and the program goes on.
      if (child.pid !== undefined) return
      if ('code' in error && error.code === 'ENOENT') resolve(NOT_FOUND)
      else reject(error)
    })
    child.on('close', (status) => {
      resolve(status)
    })
  })
}

/** Sends a signal to a program's process group. Nothing happens where all of them have ended. */
export function signalGroup({ pid }: RunningProgram, name: 'TERM' | 'KILL'): void {
  if (pid !== undefined) startProgram('sh', ['-c', `kill -s ${name} -- -${pid}`], { stdio: 'ignore' })
}

const KEPT_LINES = 400

/** Collects the last lines of a program's outputs, and hands each on when it is whole. */
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

/** What a program said last, in one line. */
export function lastWords(lines: readonly string[]): string {
  return lines.join('\n').trim().split('\n').slice(-3).join('; ').slice(0, 500)
}
