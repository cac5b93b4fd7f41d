import { buildDefaults } from '../machine/defaults.ts'
import { sourceDateOf } from '../machine/environment.ts'
import { shippedRecipe } from '../machine/package-folder.ts'
import { type ArtifactFormat, artifactFormats } from '../model/artifact.ts'
import { buildImages as buildRequested, type BuildResult } from '../pipeline/build/build-images.ts'
import { checkOptions, countFrom, date, oneOf, type OptionRules, text } from './check-options.ts'
import { type CacheOptions, cacheRules } from './options.ts'
import { type RenderOptions, renderRules } from './render.ts'
import { cacheContextOf, machineOf, projectOf, selectionOf } from './resolve-options.ts'

export interface BuildOptions extends RenderOptions, CacheOptions {
  /** Base image in place of the cluster file's `os`: a file, a URL or a catalog id. */
  readonly base?: string | undefined
  /** Debian mirror that `debian-13` is assembled from: that of this machine's apt. */
  readonly mirror?: string | undefined
  /** `img.xz`. */
  readonly format?: ArtifactFormat | undefined
  /** Nodes at work at a time: 3. */
  readonly jobs?: number | undefined
  /** Where nodes get their secrets from: `image`; `detached` writes them to `<node>.secrets.tar`. */
  readonly secrets?: 'image' | 'detached' | undefined
  /** What is read back of each image: `edits`. */
  readonly verify?: 'edits' | 'every-byte' | undefined
  /** Whether `imageSha256` of each artifact is given: `none`. */
  readonly imageHash?: 'none' | 'sha256' | undefined
  /** Stamps files in the images: `SOURCE_DATE_EPOCH`, else the last write time of the base image. */
  readonly clock?: Date | undefined
}

const rules: OptionRules<BuildOptions> = {
  ...renderRules,
  ...cacheRules,
  base: text,
  mirror: text,
  format: oneOf(artifactFormats),
  jobs: countFrom(1),
  secrets: oneOf(['image', 'detached']),
  verify: oneOf(['edits', 'every-byte']),
  imageHash: oneOf(['none', 'sha256']),
  clock: date,
}

/** Builds one image per chosen node. An image gets its name complete and verified, or not at all. */
export async function buildImages(options: BuildOptions): Promise<BuildResult> {
  const checked = checkOptions('buildImages', options, rules)
  const machine = machineOf(checked)
  return buildRequested({
    ...cacheContextOf(checked),
    project: projectOf('buildImages', checked),
    selection: selectionOf(checked),
    base: checked.base ?? null,
    debian: { recipeFolder: shippedRecipe, mirror: checked.mirror ?? null },
    format: checked.format ?? buildDefaults.format,
    jobs: checked.jobs ?? buildDefaults.jobs,
    secretsPlace: checked.secrets ?? 'image',
    verify: checked.verify ?? 'edits',
    imageHash: checked.imageHash ?? 'none',
    clock: checked.clock ?? sourceDateOf(machine.env),
  })
}
