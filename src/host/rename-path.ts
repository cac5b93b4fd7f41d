import { renameSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { platform } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'

/** What a rename needs of this machine. A test passes another machine. */
export interface RenameSystem {
  readonly platform: NodeJS.Platform
  readonly rename: (from: string, to: string) => Promise<void>
  readonly sleep: (ms: number) => Promise<unknown>
}

const thisSystem: RenameSystem = { platform: platform(), rename: (from, to) => rename(from, to), sleep }

/** Windows: another program, such as a virus scanner or an indexer, has the file open. It lets go soon. */
const BLOCKED: readonly unknown[] = ['EPERM', 'EACCES', 'EBUSY']
const PAUSES_MS: readonly number[] = [10, 20, 50, 100, 200, 400, 800]

/** Renames a file or a folder. On Windows it tries again for a second and a half while another program blocks it. Throws the system's error. */
export async function renamePath(from: string, to: string, system = thisSystem): Promise<void> {
  for (const pauseMs of PAUSES_MS) {
    try {
      await system.rename(from, to)
      return
    } catch (error) {
      if (!isBlocked(error, system.platform)) throw error
    }
    await system.sleep(pauseMs)
  }
  await system.rename(from, to)
}

/** What a rename that must not yield the thread needs of this machine. */
export interface RenameSyncSystem {
  readonly platform: NodeJS.Platform
  readonly renameSync: (from: string, to: string) => void
  readonly sleepSync: (ms: number) => void
}

const thisSyncSystem: RenameSyncSystem = {
  platform: platform(),
  renameSync,
  sleepSync: (ms) => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
  },
}

/** Same as `renamePath`, for code that must not yield the thread. */
export function renamePathSync(from: string, to: string, system = thisSyncSystem): void {
  for (const pauseMs of PAUSES_MS) {
    try {
      system.renameSync(from, to)
      return
    } catch (error) {
      if (!isBlocked(error, system.platform)) throw error
    }
    system.sleepSync(pauseMs)
  }
  system.renameSync(from, to)
}

function isBlocked(error: unknown, platform: NodeJS.Platform): boolean {
  return platform === 'win32' && error instanceof Error && 'code' in error && BLOCKED.includes(error.code)
}
