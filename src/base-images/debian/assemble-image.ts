import { mkdir, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CacheContext } from '../../cache/cache-context.ts'
import { BuildError } from '../../errors.ts'
import { OWNER_ONLY } from '../../host/owner-only.ts'
import { runProgram } from '../../host/run-program.ts'
import { quoteShell } from '../../text/quote-shell.ts'
import { MIB, SECTOR_BYTES } from '../../units.ts'
import type { AptFolder } from './apt-folder.ts'
import { trackAssembly } from './assembly-progress.ts'
import type { Privilege } from './choose-privilege.ts'
import type { ImageIds } from './image-ids.ts'
import type { Recipe } from './load-recipe.ts'
import type { DebianPackage } from './resolve-packages.ts'

/**
 * Partitions of Raspberry Pi OS 13 (pi-gen, export-image/prerun.sh): 512 MiB of FAT at 8 MiB, then the root up to the
 * end.
 */
const BOOT_START_SECTOR = 16_384
const BOOT_BYTES = 512 * MIB
const ROOT_START_SECTOR = BOOT_START_SECTOR + BOOT_BYTES / SECTOR_BYTES

export interface Assembly {
  readonly suite: string
  readonly recipe: Recipe
  readonly packages: readonly DebianPackage[]
  readonly apt: AptFolder
  /** Lines of sources.list(5) for this machine's apt. */
  readonly sourcesList: readonly string[]
  /** `debian.sources` of the nodes. */
  readonly debianSources: string
  readonly ids: ImageIds
  readonly privilege: Privilege
  /** Seconds since 1970. No file in the image is newer. */
  readonly sourceDateEpoch: number
}

/**
 * Assembles a Debian system and writes it as a disk image to `path`. Temporary files go into `folder` and are removed
 * at the end. Throws `DEBIAN_ASSEMBLY_FAILED`.
 */
export async function assembleImage(
  assembly: Assembly,
  path: string,
  folder: string,
  context: CacheContext,
): Promise<void> {
  const {
    transfer: { signal },
  } = context
  const work = join(folder, 'work')
  const bootFiles = join(work, 'boot')
  const bootTar = join(work, 'boot.tar')
  await mkdir(bootFiles, { recursive: true })
  try {
    await writeRoot(assembly, path, bootTar, work, context)
    await runStep('tar', ['-C', bootFiles, '-xf', bootTar], assembly, signal)
    await writeBoot(assembly, path, bootFiles, signal)
    await writePartitionTable(assembly, path, signal)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/**
 * Puts the assembly's mounts into a separate mount namespace. No other process sees them, and they vanish with the last
 * process. In a user namespace, mmdebstrap does this itself.
 */
const apart: Readonly<Record<Privilege, readonly string[]>> = { root: ['unshare', '--mount'], unshare: [] }

/**
 * Runs mmdebstrap, which makes the tree. The hook turns the tree into volumes inside mmdebstrap's namespace, where the
 * owners are right for every user.
 */
async function writeRoot(
  assembly: Assembly,
  path: string,
  bootTar: string,
  work: string,
  { progress, transfer: { signal } }: CacheContext,
): Promise<void> {
  const { suite, privilege, sourceDateEpoch, debianSources, packages } = assembly
  const image = await open(path, 'wx+')
  const tar = await open(bootTar, 'wx+')
  try {
    // The root of a user namespace has no rights on this file, but opens it again through its descriptor.
    await image.chmod(0o666)
    const { status, output } = await runProgram(
      'setpriv',
      ['--pdeathsig', 'TERM', ...apart[privilege], 'mmdebstrap', ...planArguments(assembly)],
      {
        signal,
        files: [image.fd, tar.fd],
        onLine: trackAssembly(`Debian (${suite})`, packages, progress),
        env: {
          SOURCE_DATE_EPOCH: String(sourceDateEpoch),
          DEBIAN_SOURCES: debianSources,
          // Users of a namespace must be able to enter the folder. Otherwise it is `work`, where leftovers of a killed
          // build are removed.
          TMPDIR: privilege === 'root' ? work : tmpdir(),
        },
      },
    )
    if (status !== 0) throw failure(suite, 'mmdebstrap', output)
    await image.chmod(OWNER_ONLY)
  } finally {
    await image.close()
    await tar.close()
  }
}

/**
 * Lists the arguments of mmdebstrap(1). It extracts the essential packages and makes the mounts that programs need. The
 * hook does the rest.
 */
export function planArguments({ suite, recipe, apt, sourcesList, ids, privilege }: Assembly): readonly string[] {
  const hook = [ids.disk, ids.root, ROOT_START_SECTOR * SECTOR_BYTES].join(' ')
  return [
    '--architectures=arm64',
    `--mode=${privilege}`,
    '--variant=extract',
    '--format=null',
    // The resolved lists are copied in, so exactly the resolved packages are installed. The hook cleans up before it
    // writes.
    '--skip=update,check/signed-by,cleanup',
    '--include=?essential',
    '--setup-hook=mkdir -p "$1/recipe" "$1/var/cache/apt/archives"',
    // mmdebstrap splits a special hook into words as a shell does.
    `--setup-hook=sync-in ${quoteShell(apt.lists)} /var/lib/apt/lists`,
    `--setup-hook=sync-in ${quoteShell(apt.archives)} /var/cache/apt/archives`,
    `--setup-hook=sync-in ${quoteShell(recipe.folder)} /recipe`,
    `--extract-hook=sh "$1/recipe/assemble-root.sh" "$1" ${hook}`,
    suite,
    '-',
    ...sourcesList,
  ]
}

/** Formats the boot partition inside the image and fills it. */
async function writeBoot(assembly: Assembly, image: string, bootFiles: string, signal: AbortSignal): Promise<void> {
  const kib = String(BOOT_BYTES / 1024)
  const start = String(BOOT_START_SECTOR)
  await runStep(
    'mkfs.fat',
    [
      '-F',
      '32',
      '-s',
      '1',
      '-n',
      'bootfs',
      '-i',
      assembly.ids.boot,
      '--invariant',
      `--offset=${start}`,
      '-h',
      start,
      image,
      kib,
    ],
    assembly,
    signal,
  )
  // mcopy writes local time.
  await runStep(
    'sh',
    [
      '-c',
      'cd "$1" && TZ=UTC MTOOLS_SKIP_CHECK=1 exec mcopy -s -m -Q -i "$2@@$3" ./* ::/',
      'sh',
      bootFiles,
      image,
      String(BOOT_START_SECTOR * SECTOR_BYTES),
    ],
    assembly,
    signal,
  )
}

async function writePartitionTable(assembly: Assembly, image: string, signal: AbortSignal): Promise<void> {
  const table = [
    'label: dos',
    `label-id: 0x${assembly.ids.disk}`,
    'unit: sectors',
    `start=${BOOT_START_SECTOR}, size=${BOOT_BYTES / SECTOR_BYTES}, type=c`,
    `start=${ROOT_START_SECTOR}, type=83`,
  ]
  await runStep(
    'sh',
    ['-c', 'printf "%s\\n" "$2" | sfdisk --quiet --wipe never "$1"', 'sh', image, table.join('\n')],
    assembly,
    signal,
  )
}

async function runStep(
  program: string,
  args: readonly string[],
  { suite, sourceDateEpoch }: Assembly,
  signal: AbortSignal,
): Promise<void> {
  const { status, output } = await runProgram(program, args, {
    signal,
    env: { SOURCE_DATE_EPOCH: String(sourceDateEpoch) },
  })
  if (status !== 0) throw failure(suite, program, output)
}

const SHOWN_LINES = 12

function failure(suite: string, program: string, output: readonly string[]): BuildError {
  return new BuildError('DEBIAN_ASSEMBLY_FAILED', { suite, program, output: output.slice(-SHOWN_LINES) })
}
