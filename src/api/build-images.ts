import { buildDefaults } from '../machine/defaults.ts'
import { sourceDateOf } from '../machine/environment.ts'
import { shippedRecipe } from '../machine/package-folder.ts'
import { type ArtifactFormat, artifactFormats } from '../model/artifact.ts'
import { buildImages as buildRequested, type BuildResult } from '../pipeline/build/build-images.ts'
import type { BuildRequest } from '../pipeline/build/build-request.ts'
import { checkOptions, countFrom, date, flag, oneOf, type OptionRules, text } from './check-options.ts'
import { type CacheOptions, cacheRules } from './options.ts'
import { type RenderOptions, renderRules } from './render.ts'
import { cacheContextOf, machineOf, projectOf, selectionOf } from './resolve-options.ts'

export interface BuildOptions extends RenderOptions, CacheOptions {
  /** Base image: a file, a URL or a catalog id. Default: `os` of the cluster file. */
  readonly base?: string | undefined
  /** Whether a copy of a base image with damaged volumes is repaired, by fsck.fat and e2fsck. Default: false. */
  readonly repair?: boolean | undefined
  /** Debian mirror for `debian-13`. Default: the mirror of this machine's apt. */
  readonly mirror?: string | undefined
  /** Default: `img.xz`. */
  readonly format?: ArtifactFormat | undefined
  /** Number of nodes that are built at the same time. Default: 3. */
  readonly jobs?: number | undefined
  /** Where the secrets of a node are: in its `image`, or `detached` in `<out>/<cluster>.access/<node>.secrets.tar`. Default: `image`. */
  readonly secrets?: 'image' | 'detached' | undefined
  /** The part of each image that is read back and compared. Default: `edits`. */
  readonly verify?: 'edits' | 'every-byte' | undefined
  /** Whether the build waits until the disk has stored each image, and reads it back from there. Default: true. */
  readonly sync?: boolean | undefined
  /** Whether each artifact has its `imageSha256`. Default: `none`. */
  readonly imageHash?: 'none' | 'sha256' | undefined
  /** Time of the files that bantam writes into images. Default: `SOURCE_DATE_EPOCH`, else the last write time of the base image. */
  readonly clock?: Date | undefined
}

const rules: OptionRules<BuildOptions> = {
  ...renderRules,
  ...cacheRules,
  base: text,
  repair: flag,
  mirror: text,
  format: oneOf(artifactFormats),
  jobs: countFrom(1),
  secrets: oneOf(['image', 'detached']),
  verify: oneOf(['edits', 'every-byte']),
  sync: flag,
  imageHash: oneOf(['none', 'sha256']),
  clock: date,
}

/** Builds one image per chosen node. An image gets its name only when it is complete and verified. */
export async function buildImages(options: BuildOptions): Promise<BuildResult> {
  return buildRequested(planBuild(options))
}

/** Checks options and fills in defaults. Throws `API_OPTION_MISSING`, `API_OPTION_UNKNOWN`, `API_OPTION_INVALID`. */
export function planBuild(options: BuildOptions): BuildRequest {
  const checked = checkOptions('buildImages', options, rules)
  const machine = machineOf(checked)
  return {
    ...cacheContextOf(checked),
    project: projectOf('buildImages', checked),
    selection: selectionOf(checked),
    base: checked.base ?? null,
    repair: checked.repair ?? false,
    debian: { recipeFolder: shippedRecipe, mirror: checked.mirror ?? null },
    format: checked.format ?? buildDefaults.format,
    jobs: checked.jobs ?? buildDefaults.jobs,
    secretsPlace: checked.secrets ?? 'image',
    verify: checked.verify ?? 'edits',
    flush: checked.sync ?? true,
    imageHash: checked.imageHash ?? 'none',
    clock: checked.clock ?? sourceDateOf(machine.env),
  }
}
