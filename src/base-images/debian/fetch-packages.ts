import { open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { CacheContext } from '../../cache/cache-context.ts'
import { BuildError } from '../../errors.ts'
import { sha256File } from '../../host/sha256-file.ts'
import { type AptFolder, runApt } from './apt-folder.ts'
import { aptReason, type DebianPackage } from './resolve-packages.ts'

/**
 * Downloads the .deb files of these packages into the folder's archives, and removes all others. Throws
 * `DEBIAN_MIRROR_FAILED`.
 */
export async function fetchPackages(
  folder: AptFolder,
  packages: readonly DebianPackage[],
  mirror: string,
  { progress, transfer: { signal } }: CacheContext,
): Promise<void> {
  const kept = await removeOthers(folder, packages, signal)
  const totalBytes = packages.reduce((sum, { byteLength }) => sum + byteLength, 0)
  const keptBytes = packages
    .filter(({ sha256 }) => kept.has(sha256))
    .reduce((sum, { byteLength }) => sum + byteLength, 0)
  const report = (fraction: number): void => {
    const completedBytes = keptBytes + Math.round((totalBytes - keptBytes) * fraction)
    progress({ step: 'download', subject: `${packages.length} packages from ${mirror}`, completedBytes, totalBytes })
  }
  report(0)
  const wanted = packages.map(({ name, version }) => `${name}=${version}`)
  // "dlstatus:<count>:<percent>:<text>": apt's progress reporting, README.progress-reporting of its sources.
  const result = await runApt(
    folder,
    'apt-get',
    ['install', '--download-only', '--yes', '-q', '-o', 'APT::Status-Fd=1', ...wanted],
    {
      signal,
      onLine: (line) => {
        const percent = /^dlstatus:\d+:([\d.]+):/.exec(line)?.[1]
        if (percent !== undefined) report(Number(percent) / 100)
      },
    },
  )
  if (result.status !== 0) throw new BuildError('DEBIAN_MIRROR_FAILED', { mirror, reason: aptReason(result.output) })
  report(1)
}

/** Removes .deb files of other package lists, and damaged ones. Returns the SHA-256 of the files that stay. */
async function removeOthers(
  { archives }: AptFolder,
  packages: readonly DebianPackage[],
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const wanted = new Set(packages.map(({ sha256 }) => sha256))
  const kept = new Set<string>()
  for (const name of await readdir(archives)) {
    if (!name.endsWith('.deb')) continue
    const path = join(archives, name)
    const sha256 = await sha256File(path, { signal })
    if (wanted.has(sha256)) kept.add(sha256)
    else await rm(path)
  }
  return kept
}

/**
 * Returns the build time of the newest package, in seconds since 1970. Files that the assembly makes get this time. A
 * .deb file is an ar archive, and the time of its first member is the build time (deb(5), ar(5)).
 */
export async function newestBuildTime({ archives }: AptFolder): Promise<number> {
  const names = (await readdir(archives)).filter((name) => name.endsWith('.deb'))
  const times = await Promise.all(names.map((name) => readBuildTime(join(archives, name))))
  return Math.max(...times)
}

/** "!<arch>\n", then the header of the first member: 16 bytes of name, 12 of time in decimal. */
const TIME_OFFSET = 8 + 16
const TIME_BYTES = 12

async function readBuildTime(path: string): Promise<number> {
  const file = await open(path, 'r')
  try {
    const { buffer } = await file.read(Buffer.alloc(TIME_BYTES), 0, TIME_BYTES, TIME_OFFSET)
    return Number(buffer.toString('latin1').trim())
  } finally {
    await file.close()
  }
}
