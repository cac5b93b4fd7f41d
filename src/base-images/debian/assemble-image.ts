import { mkdir, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CacheContext } from '../../cache/cache-context.ts'
import { BuildError } from '../../errors.ts'
import { runTool } from '../../host/run-program.ts'
import { MIB, SECTOR_BYTES } from '../../units.ts'
import type { AptFolder } from './apt-folder.ts'
import { trackAssembly } from './assembly-progress.ts'
import type { Privilege } from './choose-privilege.ts'
import type { ImageIds } from './image-ids.ts'
import type { Recipe } from './load-recipe.ts'
import type { DebianPackage } from './resolve-packages.ts'

/** Partitions of Raspberry Pi OS 13 (pi-gen, export-image/prerun.sh): 512 MiB of FAT at 8 MiB, the root behind it up to the end. */
const BOOT_START_SECTOR = 16_384
const BOOT_BYTES = 512 * MIB
const ROOT_START_SECTOR = BOOT_START_SECTOR + BOOT_BYTES / SECTOR_BYTES

export interface Assembly {
  readonly suite: string
  readonly recipe: Recipe
  readonly packages: readonly DebianPackage[]
  readonly apt: AptFolder
  /** Lines of sources.list(5) for apt on this machine. */
  readonly sourcesList: readonly string[]
  /** `debian.sources` of the nodes. */
  readonly debianSources: string
  readonly ids: ImageIds
  readonly privilege: Privilege
  /** Seconds since 1970: no file in the image is newer. */
  readonly sourceDateEpoch: number
}

/** Assembles a Debian system and writes it as a disk image to `path`; `folder`, emptied at the end, takes what lies between. Throws `DEBIAN_ASSEMBLY_FAILED`. */
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
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** What is mounted for the assembly is then seen by nobody else, and gone with its last process; as another user mmdebstrap does so itself. */
const apart: Readonly<Record<Privilege, readonly string[]>> = { root: ['unshare', '--mount'], unshare: [] }

/** Has mmdebstrap make the tree and the hook turn it into volumes, where it has the right owners whoever we are. */
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
    // The root of a user namespace is nobody to this file, and opens it by its descriptor.
    await image.chmod(0o666)
    const { status, output } = await runTool(
      'setpriv',
      ['--pdeathsig', 'TERM', ...apart[privilege], 'mmdebstrap', ...planArguments(assembly)],
      {
        signal,
        files: [image.fd, tar.fd],
        onLine: trackAssembly(`Debian (${suite})`, packages, progress),
        env: {
          SOURCE_DATE_EPOCH: String(sourceDateEpoch),
          DEBIAN_SOURCES: debianSources,
          // In a namespace, its users must get there; else it lies where whatever a killed build leaves is removed.
          TMPDIR: privilege === 'root' ? work : tmpdir(),
        },
      },
    )
    if (status !== 0) throw failure(suite, 'mmdebstrap', output)
    await image.chmod(0o600)
  } finally {
    await image.close()
    await tar.close()
  }
}

/** Arguments of mmdebstrap(1): it extracts the essential packages and mounts what programs need; the hook does the rest. */
export function planArguments({ suite, recipe, apt, sourcesList, ids, privilege }: Assembly): readonly string[] {
  const hook = [ids.disk, ids.root, ROOT_START_SECTOR * SECTOR_BYTES].join(' ')
  return [
    '--architectures=arm64',
    `--mode=${privilege}`,
    '--variant=extract',
    '--format=null',
    // The lists are copied in, so that what was resolved is what is installed. The hook cleans up, before it writes.
    '--skip=update,check/signed-by,cleanup',
    '--include=?essential',
    '--setup-hook=mkdir -p "$1/recipe" "$1/var/cache/apt/archives"',
    `--setup-hook=sync-in ${quote(apt.lists)} /var/lib/apt/lists`,
    `--setup-hook=sync-in ${quote(apt.archives)} /var/cache/apt/archives`,
    `--setup-hook=sync-in ${quote(recipe.folder)} /recipe`,
    `--extract-hook=sh "$1/recipe/assemble-root.sh" "$1" ${hook}`,
    suite,
    '-',
    ...sourcesList,
  ]
}

/** For a special hook, which reads its words as a shell does. */
function quote(path: string): string {
  return `'${path.replaceAll("'", "'\\''")}'`
}

/** Formats the boot partition inside the image, fills it and writes the partition table. */
async function writeBoot(assembly: Assembly, image: string, bootFiles: string, signal: AbortSignal): Promise<void> {
  const { ids } = assembly
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
      ids.boot,
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
  const table = [
    'label: dos',
    `label-id: 0x${ids.disk}`,
    'unit: sectors',
    `start=${start}, size=${BOOT_BYTES / SECTOR_BYTES}, type=c`,
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
  const { status, output } = await runTool(program, args, {
    signal,
    env: { SOURCE_DATE_EPOCH: String(sourceDateEpoch) },
  })
  if (status !== 0) throw failure(suite, program, output)
}

const SHOWN_LINES = 12

function failure(suite: string, program: string, output: readonly string[]): BuildError {
  return new BuildError('DEBIAN_ASSEMBLY_FAILED', { suite, program, output: output.slice(-SHOWN_LINES) })
}
