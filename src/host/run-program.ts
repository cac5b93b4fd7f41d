import { spawn } from 'node:child_process'
import type { Readable } from 'node:stream'

export interface ToolOptions {
  readonly signal: AbortSignal
  readonly env?: Readonly<Record<string, string>>
  /** Called with each line of standard output and standard error. */
  readonly onLine?: (line: string) => void
  /** Open files that the program gets as descriptors 3, 4 and so on. */
  readonly files?: readonly number[]
  /** How long the program may clean up after it was told to end. */
  readonly graceMs?: number
}

export interface ToolResult {
  /** 127 where there is no such program, as a shell says it; -1 after a signal. */
  readonly status: number
  /** The last lines that it printed. */
  readonly output: readonly string[]
}

const KEPT_LINES = 400
const NOT_FOUND = 127

/**
 * Runs a program of this machine to its end. An abort ends the program and everything that it started: they are a process group of
 * their own, which is asked to end, so that it can unmount and remove what it made, and killed where it does not.
 */
export async function runTool(program: string, args: readonly string[], options: ToolOptions): Promise<ToolResult> {
  const { signal, env = {}, files = [], graceMs = 20_000 } = options
  signal.throwIfAborted()
  const output: string[] = []
  const variables = Object.entries({ LC_ALL: 'C.UTF-8', ...env }).map(([name, value]) => `${name}=${value}`)
  // A user's PATH may lack the folders of the superuser's programs.
  const child = spawn(
    'sh',
    ['-c', 'PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin exec env "$@"', 'sh', ...variables, program, ...args],
    {
      stdio: ['ignore', 'pipe', 'pipe', ...files],
      detached: true,
    },
  )
  const take = (line: string): void => {
    output.push(line)
    if (output.length > KEPT_LINES) output.shift()
    options.onLine?.(line)
  }
  for (const stream of [child.stdout, child.stderr]) {
    if (stream !== null) readLines(stream, take)
  }
  const stop = endGroup(child.pid, graceMs)
  signal.addEventListener('abort', stop.begin, { once: true })
  try {
    const status = await new Promise<number>((resolve) => {
      child.on('error', () => {
        resolve(NOT_FOUND)
      })
      child.on('close', (code) => {
        resolve(code ?? -1)
      })
    })
    signal.throwIfAborted()
    return { status, output }
  } finally {
    signal.removeEventListener('abort', stop.begin)
    stop.forget()
  }
}

/** Ends a process group at the first call of `begin`: politely, and for good after a while. */
function endGroup(pid: number | undefined, graceMs: number): { begin: () => void; forget: () => void } {
  let timer: NodeJS.Timeout | undefined
  return {
    begin: () => {
      signalGroup(pid, 'SIGTERM')
      timer = setTimeout(() => {
        signalGroup(pid, 'SIGKILL')
      }, graceMs)
    },
    forget: () => {
      clearTimeout(timer)
    },
  }
}

function signalGroup(pid: number | undefined, name: NodeJS.Signals): void {
  if (pid === undefined) return
  // Fails where all of them have ended.
  spawn('sh', ['-c', `kill -s ${name.slice(3)} -- -${pid}`], { stdio: 'ignore' }).on('error', () => undefined)
}

function readLines(stream: Readable, take: (line: string) => void): void {
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) take(line)
  })
  stream.on('end', () => {
    if (rest !== '') take(rest)
  })
}
