import { type CacheContext, type CacheOptions, planCacheContext } from '../cache/cache-context.ts'
import { BuildError, unreachable } from '../errors.ts'
import { withCacheErrors } from '../host/cache-error.ts'
import type { BaseImage, SkippedReference } from '../model/base-image.ts'
import type { LocatedImage } from './cache/located-image.ts'
import { warnOfDamage } from './cache/warn-of-damage.ts'
import { type DebianOptions, resolveDebianImage } from './debian/resolve-debian-image.ts'
import { type StoredFormat, convertImage } from './format/convert-image.ts'
import { type Catalog, defaultCatalog } from './reference/catalog.ts'
import { unknownId } from './reference/check-references.ts'
import { parseReference, type Reference } from './reference/parse-reference.ts'
import { resolveCatalogId } from './reference/resolve-catalog-id.ts'
import { resolveFile } from './reference/resolve-file.ts'
import { resolveUrl } from './reference/resolve-url.ts'
import { isUnavailable } from './reference/unavailable.ts'

export interface ObtainBaseImageOptions extends CacheOptions {
  /** Where relative paths start. */
  readonly baseFolder: string
  readonly format: StoredFormat
  /** True: the image is also available as a raw file. */
  readonly alsoRaw?: boolean
  /** Default: the publishers' images. */
  readonly catalog?: Catalog
  /** How images that nobody publishes are assembled. Null: they are not assembled. */
  readonly debian?: DebianOptions | null
  /** The time that the cache records. */
  readonly now: Date
}

/**
 * Resolves the first available one of several base images: catalog ids, files or URLs. Only a missing or unreachable
 * image leads to the next one. A wrong checksum, a damaged image, a full disk or an abort is thrown at once.
 */
export async function obtainBaseImage(
  references: readonly string[],
  options: ObtainBaseImageOptions,
): Promise<BaseImage> {
  const catalog = options.catalog ?? defaultCatalog()
  const parsed = references.map((text) => parseReference(text, catalog, options.baseFolder))
  const context = planCacheContext(options)
  const failures: BuildError[] = []
  const skipped: SkippedReference[] = []
  for (const reference of parsed) {
    try {
      const base = await withCacheErrors(options.cacheFolder, () => obtainOne(reference, catalog, options, context))
      return { ...base, skipped }
    } catch (error) {
      if (!isUnavailable(error)) throw error
      failures.push(error)
      skipped.push({ reference: reference.display, code: error.code, message: error.message })
      if (failures.length < parsed.length)
        options.progress({
          step: 'skip',
          subject: `${reference.display}: ${error.message}`,
          completedBytes: 0,
          totalBytes: null,
        })
    }
  }
  const [only] = failures
  // With a single reference, its own error has the best hint.
  throw only !== undefined && failures.length === 1
    ? only
    : new BuildError('BASE_NONE_AVAILABLE', {
        attempts: failures.map(({ message, hint }, index) => ({
          reference: skipped[index]?.reference ?? '',
          message,
          hint,
        })),
      })
}

async function obtainOne(
  reference: Reference,
  catalog: Catalog,
  options: ObtainBaseImageOptions,
  buildContext: CacheContext,
): Promise<Omit<BaseImage, 'skipped'>> {
  // A pin is a promise about these bytes, so what the cache remembers is not enough.
  const isPinned = reference.kind === 'url' && reference.pinnedSha256 !== null
  const context = isPinned ? { ...buildContext, rehash: true } : buildContext
  const { stored, ...located } = await obtain(reference, catalog, options, context)
  const origin = { source: located.source, verified: located.verifiedSha256 !== null }
  const converted = await convertImage(stored, options.format, origin, context)
  const raw = options.alsoRaw === true ? await convertImage(stored, 'raw', origin, context) : null
  return {
    reference: reference.display,
    ...located,
    ...converted,
    raw: raw === null ? null : { path: raw.path, state: raw.state },
    warnings: [...located.warnings, ...warnOfDamage(context.damagedFiles)],
  }
}

async function obtain(
  reference: Reference,
  catalog: Catalog,
  options: ObtainBaseImageOptions,
  context: CacheContext,
): Promise<LocatedImage> {
  switch (reference.kind) {
    case 'catalog': {
      const entry = catalog[reference.id]
      if (entry === undefined) throw new BuildError('BUG', { state: 'a catalog id is not in the catalog' })
      return entry.kind === 'debian'
        ? obtainAssembled(reference.id, entry.suite, options, context)
        : resolveCatalogId(reference.id, entry, options, context)
    }
    case 'unknown-id':
      return obtainNamesake(reference, catalog, context)
    case 'file':
      return resolveFile(reference.path, context)
    case 'url':
      return resolveUrl(reference, options, context)
    default:
      throw unreachable(reference)
  }
}

function obtainAssembled(
  id: string,
  suite: string,
  { debian = null, now }: ObtainBaseImageOptions,
  context: CacheContext,
): Promise<LocatedImage> {
  if (debian === null)
    throw new BuildError('BASE_ID_UNAVAILABLE', {
      id,
      reason: 'nobody publishes this image, and this build assembles none',
    })
  return resolveDebianImage(id, suite, debian, now, context)
}

/** Resolves a reference that looks like a catalog id but may name a file without an extension. */
async function obtainNamesake(
  reference: Reference & { kind: 'unknown-id' },
  catalog: Catalog,
  context: CacheContext,
): Promise<LocatedImage> {
  try {
    return await resolveFile(reference.path, context)
  } catch (error) {
    if (!isUnavailable(error)) throw error
    throw unknownId(reference.id, catalog)
  }
}
