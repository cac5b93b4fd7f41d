import { join } from 'node:path'
import { removeAllPartials } from '../../host/atomic-file.ts'
import { makeFolder } from '../../host/make-folder.ts'
import { outputError } from '../../host/output-error.ts'
import { type LockTiming, withLock } from '../../host/with-lock.ts'
import { writeFileAtomically } from '../../host/write-file-atomically.ts'
import type { Progress } from '../../progress.ts'
import type { Project } from './project.ts'

export interface OutputFolderOptions {
  readonly signal: AbortSignal
  readonly progress: Progress
  readonly lockTiming?: LockTiming
}

/** Options of a command that is quick, and so tells nobody what it is doing. */
export function commandOptions({ signal }: Pick<Project, 'signal'>): OutputFolderOptions {
  return { signal, progress: () => undefined }
}

/** Writes a file with this mode, which appears under its name complete, and only while the folder's lock is held. */
export type WriteFile = (path: string, content: Uint8Array | string, mode: number) => Promise<void>

export interface HeldFolder {
  /** Also aborts when another command takes the folder over. */
  readonly signal: AbortSignal
  /** Throws `FILE_LOCK_LOST` if another command has taken the folder over. */
  readonly requireHeld: () => Promise<void>
  readonly write: WriteFile
}

/**
 * Timing of the lock. File system code may block this thread while many blocks are unpacked. The heartbeat stops
 * meanwhile, so it gets more time.
 */
const usualTiming: LockTiming = { pollMs: 200, heartbeatMs: 1_000, staleAfterMs: 30_000 }

/**
 * Makes a folder, lets only one command at a time write into it, and removes what killed commands left there: their
 * unfinished files hold secrets. Throws `OUTPUT_NOT_WRITABLE`, `OUTPUT_DISK_FULL`, `OUTPUT_DISK_FAILED`, and what
 * `work` throws.
 */
export async function withOutputFolder<T>(
  outFolder: string,
  { signal, progress, lockTiming = usualTiming }: OutputFolderOptions,
  work: (held: HeldFolder) => Promise<T>,
): Promise<T> {
  const onWait = (): void => {
    progress({ step: 'wait', subject: outFolder, completedBytes: 0, totalBytes: null })
  }
  const lock = join(outFolder, '.lock')
  await namingFolder(outFolder, () => makeFolder(outFolder))
  try {
    return await withLock(lock, { signal, onWait, timing: lockTiming }, async (held, requireHeld) => {
      await namingFolder(outFolder, () => removeAllPartials(outFolder))
      const write: WriteFile = (path, content, mode) =>
        writeFileAtomically(path, content, mode, { beforeRename: requireHeld })
      return work({ signal: held, requireHeld, write })
    })
  } catch (error) {
    // A system error with this path comes from the lock itself. All other errors come from the work.
    throw error instanceof Error && 'path' in error && error.path === lock ? outputError(error, outFolder) : error
  }
}

async function namingFolder(outFolder: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    throw outputError(error, outFolder)
  }
}
