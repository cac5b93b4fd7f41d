import { ensureDerivedImage } from '../../base-images/cache/ensure-derived-image.ts'
import { convertImageOf, type StoredFormat } from '../../base-images/format/convert-image.ts'
import type { CacheOptions } from '../../cache/cache-context.ts'
import { type BuildError, describeError, isBuildError } from '../../errors.ts'
import { copySparse } from '../../host/copy-sparse.ts'
import { withPinnedFile } from '../../host/pinned-file.ts'
import { checkBase } from '../../image/check-base.ts'
import { isRepairable, repairImage, repairRecipe } from '../../image/repair-image.ts'
import { withOpenBases } from '../../image/with-open-bases.ts'
import type { BaseImage, BaseImageWarning } from '../../model/base-image.ts'

/**
 * Returns a base image that can be written: itself if its volumes are sound, else a repaired copy, which is kept in the
 * cache. The image of the user, and that in the cache, stay as they are. `obtainRaw` gives the same image as a raw
 * file. Throws what `checkBase` throws where no repair is possible, and what `repairImage` throws.
 */
export async function repairBase(
  base: BaseImage,
  format: StoredFormat,
  obtainRaw: () => Promise<BaseImage>,
  options: CacheOptions,
): Promise<BaseImage> {
  const damage = await findDamage(base, options)
  if (damage === null) return base
  const raw = base.blocksFolder === null ? base : await obtainRaw()
  const derived = { basePath: raw.path, recipe: repairRecipe, source: base.source, ...options }
  const stored = await ensureDerivedImage(derived, async (target, signal) => {
    options.progress({ step: 'repair', subject: base.reference, completedBytes: 0, totalBytes: null })
    await withPinnedFile(raw, (file) => copySparse(file, target, signal))
    await repairImage(target, signal)
  })
  const converted = await convertImageOf(stored, format, base.source, options)
  return { ...base, ...converted, raw: stored.raw, warnings: [...base.warnings, warnOfRepair(base, damage)] }
}

async function findDamage(base: BaseImage, options: CacheOptions): Promise<BuildError | null> {
  try {
    await withOpenBases([base], options, (openBaseOf) => checkBase(openBaseOf(base)))
    return null
  } catch (error) {
    if (isBuildError(error) && isRepairable(error)) return error
    throw error
  }
}

function warnOfRepair({ source }: BaseImage, { message: damage }: BuildError): BaseImageWarning {
  const { message, hint } = describeError('IMAGE_REPAIRED', { source, damage })
  return { code: 'IMAGE_REPAIRED', message, hint }
}
