/**
 * The holder of a lock: a line in the lock file by which another process of the same machine sees that the holder is dead. Other machines, and
 * containers with other processes, cannot see that; for them the heartbeat decides.
 */
import { readFile, readlink } from 'node:fs/promises'
import { hostname } from 'node:os'

export interface LockHolder {
  /**
   * Where the process id means something: one boot of one kernel, and one PID namespace in it (pid_namespaces(7)). The start time depends on
   * the time namespace, too. The host name tells apart virtual machines that were copied while they ran.
   */
  readonly place: string
  readonly pid: number
  /** When the process started, in clock ticks: a later process may get the same id. proc_pid_stat(5), field 22. */
  readonly start: string
}

/** Describes this process; null where the system does not show it unambiguously, as without /proc or with that of another PID namespace. */
export async function describeThisProcess(): Promise<LockHolder | null> {
  try {
    const [bootId, pidNamespace, timeNamespace, self] = await Promise.all([
      readFile('/proc/sys/kernel/random/boot_id', 'latin1'),
      readlink('/proc/self/ns/pid'),
      // Kernels before 5.6 have none.
      readlink('/proc/self/ns/time').catch(() => ''),
      readStat('self'),
    ])
    // eslint-disable-next-line no-restricted-globals -- It proves that /proc shows the processes which `isDead` asks about.
    if (self?.pid !== process.pid) return null
    const place = [bootId.trim(), pidNamespace, timeNamespace, hostname()].join(' ')
    return { place, pid: self.pid, start: self.start }
  } catch {
    return null
  }
}

/** Writes the line for a lock file. */
export function formatLockHolder(holder: LockHolder | null): string {
  return holder === null ? '' : ` ${JSON.stringify(holder)}\n`
}

/** Reads a lock file: one byte for heartbeats, then the line. Null if it names no holder, or if the line is not complete yet. */
export function parseLockHolder(text: string): LockHolder | null {
  const [, line] = /^.( \{.*\})\n$/.exec(text) ?? []
  if (line === undefined) return null
  try {
    const { place, pid, start } = JSON.parse(line) as Partial<LockHolder>
    const isComplete = typeof place === 'string' && typeof start === 'string' && typeof pid === 'number'
    return isComplete && Number.isSafeInteger(pid) && pid > 0 ? { place, pid, start } : null
  } catch {
    return null
  }
}

/** Says whether a holder is certainly dead: its id belongs to no process, to a later one, or to one that has ended and is not yet waited for. */
export async function isDead(holder: LockHolder): Promise<boolean> {
  const own = await describeThisProcess()
  if (own?.place !== holder.place) return false
  try {
    // eslint-disable-next-line no-restricted-globals -- Only a signal shows whether a process lives: /proc may hide those of other users.
    process.kill(holder.pid, 0)
  } catch (error) {
    // EPERM: it runs as another user.
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
  const stat = await readStat(String(holder.pid))
  // A stopped process (T) is alive: it goes on writing when it is continued.
  return stat !== null && (stat.start !== holder.start || stat.state === 'Z' || stat.state === 'X')
}

interface ProcessStat {
  readonly pid: number
  readonly state: string
  readonly start: string
}

/** Reads /proc/<pid>/stat; null where it is hidden or gone. */
async function readStat(name: string): Promise<ProcessStat | null> {
  const text = await readFile(`/proc/${name}/stat`, 'latin1').catch(() => '')
  // The second field is the program's name in parentheses, which may contain any character.
  const [state, ...fields] = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const start = fields[18]
  return state === undefined || start === undefined ? null : { pid: Number.parseInt(text, 10), state, start }
}
