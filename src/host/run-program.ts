import { collectLines, NOT_FOUND, type RunningProgram, signalGroup, startProgram } from './start-program.ts'

export interface ProgramOptions {
  readonly signal: AbortSignal
  readonly env?: Readonly<Record<string, string>>
  /** Called with each line of standard output and standard error. */
  readonly onLine?: (line: string) => void
  /** An open file for standard input. Default: empty. */
  readonly stdin?: number
  /** An open file for standard output. Its lines are then not read. */
  readonly stdout?: number
  /** Open files that the program gets as descriptors 3, 4 and so on. */
  readonly files?: readonly number[]
  /** How long the program may clean up after the signal to end, before it is killed. */
  readonly graceMs?: number
}

export interface ProgramResult {
  /** Exit code. `NOT_FOUND`: there is no such program. -1: a signal ended it. */
  readonly status: number
  /** The last lines that it printed. */
  readonly output: readonly string[]
}

/**
 * Runs a program of this machine to its end. An abort ends the program and all processes that it started, which form a
 * separate process group. The group first gets a signal to end, so that it can unmount and remove what it made. After
 * `graceMs` it is killed. Throws the abort's reason. A failure of the program itself is not thrown: check `status`.
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: ProgramOptions,
): Promise<ProgramResult> {
  const { signal, env = {}, files = [], graceMs = 20_000, stdin = 'ignore', stdout = 'pipe' } = options
  signal.throwIfAborted()
  const variables = Object.entries({ LC_ALL: 'C.UTF-8', ...env }).map(([name, value]) => `${name}=${value}`)
  // A user's PATH may not hold the folders of the superuser's programs.
  const running = startProgram(
    'sh',
    ['-c', 'PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin exec env "$@"', 'sh', ...variables, program, ...args],
    { stdio: [stdin, stdout, 'pipe', ...files], group: 'own' },
  )
  const output = collectLines([running.stdout, running.stderr], options.onLine)
  const stop = endGroup(running, graceMs)
  signal.addEventListener('abort', stop.begin, { once: true })
  try {
    const status = await running.ended.catch(() => NOT_FOUND)
    signal.throwIfAborted()
    return { status: status ?? -1, output }
  } finally {
    signal.removeEventListener('abort', stop.begin)
    stop.forget()
  }
}

/** Ends a process group at the first call of `begin`: first with TERM, then with KILL after `graceMs`. */
function endGroup(running: RunningProgram, graceMs: number): { begin: () => void; forget: () => void } {
  let timer: NodeJS.Timeout | undefined
  return {
    begin: () => {
      signalGroup(running, 'TERM')
      timer = setTimeout(() => {
        signalGroup(running, 'KILL')
      }, graceMs)
    },
    forget: () => {
      clearTimeout(timer)
    },
  }
}
