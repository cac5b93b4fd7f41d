import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { arch } from 'node:os'
import { join } from 'node:path'
import { type CacheContext, withCacheEntry } from '../../cache/cache-context.ts'
import { cacheKey } from '../../cache/cache-folders.ts'
import { rememberFile } from '../../cache/remember-file.ts'
import { withFileDevice } from '../../disk/file-device.ts'
import { BuildError, describeError } from '../../errors.ts'
import { runProgram } from '../../host/run-program.ts'
import type { BaseImageWarning } from '../../model/base-image.ts'
import { readPartitionTable } from '../../partition/read-partition-table.ts'
import { displayUrl } from '../../text/display-url.ts'
import type { LocatedImage } from '../cache/located-image.ts'
import { type CachedImage, findStoredImage, publishImage, RAW_FILE } from '../cache/stored-image.ts'
import { withCachedFallback } from '../reference/with-cached-fallback.ts'
import { type AptFolder, openAptFolder, runApt } from './apt-folder.ts'
import { assembleImage } from './assemble-image.ts'
import { chooseMirrors, type DebianMirrors } from './choose-mirrors.ts'
import { choosePrivilege, requireNamespaces } from './choose-privilege.ts'
import { formatDebianSources, formatSourcesList } from './debian-sources.ts'
import { fetchPackages, newestBuildTime } from './fetch-packages.ts'
import { deriveImageIds } from './image-ids.ts'
import { loadRecipe, type Recipe } from './load-recipe.ts'
import { INDEX_TARGET_FORMAT, type IndexTarget, parseIndexTargets } from './parse-index-targets.ts'
import { findKeyring, requireTools } from './require-tools.ts'
import { aptReason, type DebianPackage, resolvePackages } from './resolve-packages.ts'
import { withArm64Emulation } from './with-arm64-emulation.ts'

/** Options for images that this machine assembles. */
export interface DebianOptions {
  /** Folder of the recipe, which is shipped with bantam. */
  readonly recipeFolder: string
  /** The user's mirror. Null: the mirror of this machine's apt. */
  readonly mirror: string | null
}

/** A system before it is assembled: all inputs that decide its content. */
interface DebianPlan {
  readonly suite: string
  readonly recipe: Recipe
  readonly mirrors: DebianMirrors
  readonly apt: AptFolder
  readonly sourcesList: readonly string[]
  readonly packages: readonly DebianPackage[]
  /** Name of the image in the cache. */
  readonly sha256: string
}

/** Raise it when the assembly changes other than through the recipe's files. */
const ASSEMBLY_VERSION = 1

/**
 * Returns a Debian image in the layout of Raspberry Pi OS. Its packages and the recipe decide its name. While the
 * mirror gives the same packages, the cached image is the newest. Without a mirror, the image that was assembled last
 * is used, with a warning.
 */
export async function resolveDebianImage(
  id: string,
  suite: string,
  options: DebianOptions,
  now: Date,
  context: CacheContext,
): Promise<LocatedImage> {
  const { cache } = context
  const obtain = async (): Promise<LocatedImage> => {
    const emulation = arch() !== 'arm64'
    const privilege = choosePrivilege()
    await requireTools({ emulation, userNamespaces: privilege === 'unshare' }, context.transfer.signal)
    const mirrors = await findMirrors(options.mirror, context.transfer.signal)
    const source = displayUrl(mirrors.main)
    const folder = join(cache.debian, cacheKey(JSON.stringify([suite, mirrors])))
    // All builds share the lists and packages, so only one build at a time uses them.
    const image = await withCacheEntry(context, `debian-${cacheKey(folder)}`, id, async (locked) => {
      const plan = await makePlan(suite, options, mirrors, folder, locked)
      const known = await findStoredImage(locked, plan.sha256, 'assembled')
      return known ?? assemble(plan, locked)
    })
    await rememberFile(context, id, {
      url: source,
      sha256: image.sha256,
      verified: false,
      obtainedAt: now.toISOString(),
      etag: null,
      lastModified: null,
    })
    return { stored: image, source, verifiedSha256: null, warnings: warnOfLocalMirror(mirrors.main) }
  }
  return withCachedFallback(id, id, context, obtain, 'assembled')
}

/** Warns if the mirror is on this machine, because the nodes use it for their own updates. */
export function warnOfLocalMirror(mirror: string): readonly BaseImageWarning[] {
  const { protocol, hostname } = new URL(mirror)
  if (protocol !== 'file:' && !/^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname)) return []
  const { message, hint } = describeError('DEBIAN_MIRROR_LOCAL', { mirror: displayUrl(mirror) })
  return [{ code: 'DEBIAN_MIRROR_LOCAL', message, hint }]
}

async function findMirrors(given: string | null, signal: AbortSignal): Promise<DebianMirrors> {
  const list = async (...options: readonly string[]): Promise<readonly IndexTarget[]> => {
    const lines: string[] = []
    await runProgram('apt-get', ['indextargets', '--format', INDEX_TARGET_FORMAT, ...options], {
      signal,
      onLine: (line) => lines.push(line),
    })
    return parseIndexTargets(lines.join('\n'))
  }
  const fetched = await list()
  // In a fresh container there are no lists. apt then names its sources only without release information.
  return chooseMirrors(fetched.length > 0 ? fetched : await list('--no-release-info'), given)
}

async function makePlan(
  suite: string,
  { recipeFolder }: DebianOptions,
  mirrors: DebianMirrors,
  folder: string,
  { progress, transfer: { signal } }: CacheContext,
): Promise<DebianPlan> {
  const mirror = displayUrl(mirrors.main)
  progress({
    step: 'look up',
    subject: `the packages of Debian (${suite}) at ${mirror}`,
    completedBytes: 0,
    totalBytes: null,
  })
  const recipe = await loadRecipe(recipeFolder)
  const sourcesList = formatSourcesList(mirrors, suite, await findKeyring())
  const configuration: string[] = []
  await runProgram('apt-config', ['dump'], { signal, onLine: (line) => configuration.push(line) })
  const apt = await openAptFolder(folder, sourcesList, configuration.join('\n'))
  await updateLists(apt, mirror, signal)
  const packages = await resolvePackages(apt, ['?essential', ...recipe.packages], mirror, signal)
  const contents = packages.map(({ name, version, sha256 }) => [name, version, sha256])
  const key = JSON.stringify([ASSEMBLY_VERSION, recipe.sha256, formatDebianSources(mirrors, suite), contents])
  return { suite, recipe, mirrors, apt, sourcesList, packages, sha256: createHash('sha256').update(key).digest('hex') }
}

async function updateLists(apt: AptFolder, mirror: string, signal: AbortSignal): Promise<void> {
  const { status, output } = await runApt(apt, 'apt-get', ['update', '-q'], { signal })
  if (status === 0) return
  const untrusted = output.find((line) =>
    /NO_PUBKEY|EXPKEYSIG|REVKEYSIG|BADSIG|is not signed|Missing key|not live until/.test(line),
  )
  if (untrusted !== undefined) throw new BuildError('DEBIAN_KEYS_MISSING', { mirror, reason: aptReason([untrusted]) })
  throw new BuildError('DEBIAN_MIRROR_FAILED', { mirror, reason: aptReason(output) })
}

/** Assembles a system into the cache. The caller holds the lock of its lists and packages. */
async function assemble(
  { suite, recipe, mirrors, apt, sourcesList, packages, sha256 }: DebianPlan,
  context: CacheContext,
): Promise<CachedImage> {
  const source = displayUrl(mirrors.main)
  const { signal } = context.transfer
  const privilege = choosePrivilege()
  if (privilege === 'unshare') await requireNamespaces(signal)
  const run = async (): Promise<CachedImage> => {
    await fetchPackages(apt, packages, source, context)
    const sourceDateEpoch = await newestBuildTime(apt)
    return withCacheEntry(context, `image-${sha256}`, source, async (locked) => {
      const { cache } = locked
      await publishImage(locked, join(cache.images, sha256), RAW_FILE, async (path, folder) => {
        const assembly = {
          suite,
          recipe,
          packages,
          apt,
          sourcesList,
          debianSources: formatDebianSources(mirrors, suite),
          ids: deriveImageIds(sha256),
          privilege,
          sourceDateEpoch,
        }
        await assembleImage(assembly, path, folder, locked)
        await withFileDevice(path, (device) => readPartitionTable(device, source))
        return { byteLength: (await stat(path)).size, sha256: null, source }
      })
      const image = await findStoredImage(locked, sha256, 'assembled')
      if (image === null)
        throw new BuildError('BUG', { state: 'an image is not in the cache right after it was put there' })
      return image
    })
  }
  // Checks that arm64 programs can run here before anything is fetched.
  return arch() === 'arm64' ? run() : withArm64Emulation({ privilege, signal }, run)
}
