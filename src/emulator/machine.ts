import { createInterface } from 'node:readline'
import { BuildError } from '../errors.ts'
import { collectLines, type RunningProgram, startProgram } from '../host/start-program.ts'
import { ControlChannel } from './control-channel.ts'
import { type MachinePlan, qemuParameters } from './machine-plan.ts'
import { findBootCause, isBootFailure, type Milestone, type MilestoneName, parseMilestone } from './milestones.ts'
import { emulatorError, QEMU } from './qemu.ts'

/** ECMA-48 control sequences and lone carriage returns. They are for terminals, not for logs. */
const CONTROL_SEQUENCES = /\x1b\][^\x07\x1b]*(\x07|\x1b\\)|\x1b\[[0-9;:?]*[ -/]*[@-~]|\x1b[()][A-Z0-9]|\x1b[=>]|[\r\0]/g

/** How a machine ended: with `reset` it asked for a reboot, with `off` it switched itself off, with `cut` it lost its power. */
export type MachineEnd = 'reset' | 'off' | 'cut'

export interface MachineOptions {
  readonly signal: AbortSignal
  /** Receives each line of the console. */
  readonly onLine: (line: string, machine: string) => void
}

interface Watcher {
  readonly look: (line: string) => void
  readonly fail: (error: Error) => void
}

/** A running machine, seen from outside: its console, its power switch and its network cable. */
export class Machine {
  readonly name: string
  /** The milestones reached so far, in order. */
  readonly milestones: Milestone[] = []
  readonly lines: string[] = []
  /** Resolves when the machine has ended. */
  readonly ended: Promise<MachineEnd>
  readonly #program: RunningProgram
  readonly #startedAt = performance.now()
  readonly #watchers = new Set<Watcher>()
  #control: ControlChannel | null = null
  #end: MachineEnd | null = null

  constructor(plan: MachinePlan, { signal, onLine }: MachineOptions) {
    this.name = plan.name
    this.#program = startProgram(QEMU, qemuParameters(plan), { stdio: ['ignore', 'pipe', 'pipe'] })
    const complaints = collectLines([this.#program.stderr])
    if (this.#program.stdout !== null)
      createInterface({ input: this.#program.stdout }).on('line', (raw) => {
        const line = raw.replace(CONTROL_SEQUENCES, '')
        onLine(line, this.name)
        this.#take(line)
      })
    signal.addEventListener('abort', this.#program.kill, { once: true })
    this.ended = this.#program.ended
      .then(async (status) => {
        // The reason for the end comes over the control socket, which may be read later than this.
        await this.#control?.closed
        return this.#settle(status, complaints, signal)
      })
      .finally(() => {
        signal.removeEventListener('abort', this.#program.kill)
      })
    // Callers that wait for the end or for a line get the error. Without such a caller it is no failure.
    this.ended.catch(() => undefined)
  }

  /** How it ended; null while it runs. */
  get end(): MachineEnd | null {
    return this.#end
  }

  /** Connects to the control socket. After that, the power switch and the network cable take commands. */
  async connect(controlSocket: string): Promise<void> {
    this.#control = await Promise.race([
      ControlChannel.open(controlSocket, () => this.#end !== null),
      this.ended.then((end) => {
        throw new BuildError('EMULATOR_FAILED', { program: QEMU, reason: `it ended at once (${end})` })
      }),
    ])
  }

  /** Waits for a milestone; returns at once if it is past. Throws `BOOT_TIMED_OUT`, `BOOT_FAILED`, `EMULATOR_FAILED`. */
  async reach(name: MilestoneName, timeoutMs: number): Promise<Milestone> {
    const reached = (): Milestone | undefined => this.milestones.find((milestone) => milestone.name === name)
    if (reached() === undefined) await this.#watch(() => reached() !== undefined, name, timeoutMs)
    const milestone = reached()
    if (milestone === undefined) throw new BuildError('BUG', { state: `the milestone ${name} is not there` })
    return milestone
  }

  /** Waits for a line of the console and returns it; returns at once if it is past. Throws the same errors as `reach`. */
  async waitForLine(pattern: RegExp, timeoutMs: number): Promise<string> {
    const past = this.lines.find((line) => pattern.test(line))
    if (past !== undefined) return past
    let found = ''
    await this.#watch(
      (line) => {
        found = line
        return pattern.test(line)
      },
      String(pattern),
      timeoutMs,
    )
    return found
  }

  /** Plugs the network cable in (`up`) or out (`down`). */
  async setLink(state: 'up' | 'down'): Promise<void> {
    await this.#control?.command('set_link', { name: 'eth0', up: state === 'up' })
  }

  /** Presses the power button. The system then shuts itself down. */
  async pressPowerButton(): Promise<void> {
    await this.#control?.command('system_powerdown')
  }

  /** Cuts the power at once: nothing is written after that. */
  async cutPower(): Promise<void> {
    this.#program.kill()
    await this.ended.catch(() => undefined)
  }

  /** Settles `ended` and all waits for lines. `status` is null where a signal ended the process. */
  #settle(status: number | null, complaints: readonly string[], signal: AbortSignal): MachineEnd {
    const end = status === null ? 'cut' : this.#control?.shutdownReason === 'guest-reset' ? 'reset' : 'off'
    this.#end = end
    this.#control?.close()
    const failure = status === 0 || status === null ? null : emulatorError(QEMU, status, complaints)
    const line = `it has ended (${end}) after: ${this.#lastLine}`
    for (const { fail } of this.#watchers) fail(failure ?? this.#bootFailure(line))
    signal.throwIfAborted()
    if (failure !== null) throw failure
    return end
  }

  #bootFailure(line: string): BuildError {
    return new BuildError('BOOT_FAILED', { machine: this.name, line, cause: findBootCause(this.lines) })
  }

  get #lastLine(): string {
    return this.lines.findLast((line) => line.trim() !== '') ?? ''
  }

  #take(line: string): void {
    this.lines.push(line)
    const name = parseMilestone(line)
    if (name !== null && !this.milestones.some((milestone) => milestone.name === name)) {
      this.milestones.push({ name, seconds: Math.round((performance.now() - this.#startedAt) / 100) / 10, line })
    }
    const failure = isBootFailure(line) ? this.#bootFailure(line) : null
    for (const watcher of this.#watchers) {
      if (failure === null) watcher.look(line)
      else watcher.fail(failure)
    }
  }

  async #watch(look: (line: string) => boolean, awaited: string, timeoutMs: number): Promise<void> {
    if (this.#end !== null) throw this.#bootFailure(`it has ended (${this.#end})`)
    await new Promise<void>((resolve, reject) => {
      const finish = (settle: () => void): void => {
        clearTimeout(timer)
        this.#watchers.delete(watcher)
        settle()
      }
      const watcher: Watcher = {
        look: (line) => {
          if (look(line)) finish(resolve)
        },
        fail: (error) => {
          finish(() => {
            reject(error)
          })
        },
      }
      const timer = setTimeout(() => {
        watcher.fail(
          new BuildError('BOOT_TIMED_OUT', {
            machine: this.name,
            awaited,
            seconds: Math.round(timeoutMs / 1000),
            lastLine: this.#lastLine,
          }),
        )
      }, timeoutMs)
      this.#watchers.add(watcher)
    })
  }
}

/** Switches a machine on, runs `use` with it, and always cuts its power afterwards. Throws `EMULATOR_MISSING`, `EMULATOR_FAILED`. */
export async function withMachine<T>(
  plan: MachinePlan,
  options: MachineOptions,
  use: (machine: Machine) => Promise<T>,
): Promise<T> {
  options.signal.throwIfAborted()
  const machine = new Machine(plan, options)
  try {
    await machine.connect(plan.controlSocket)
    return await use(machine)
  } finally {
    await machine.cutPower()
  }
}
