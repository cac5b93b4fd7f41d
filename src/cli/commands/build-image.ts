import { resolve } from 'node:path'
import type { Command } from 'commander'
import { BuildError } from '../../errors.ts'
import { buildDefaults } from '../../machine/defaults.ts'
import { sourceDateOf } from '../../machine/environment.ts'
import { shippedRecipe } from '../../machine/package-folder.ts'
import { artifactFormats } from '../../model/artifact.ts'
import type { BaseImage } from '../../model/base-image.ts'
import type { BuildResult } from '../../pipeline/build/build-images.ts'
import { formatByteLength } from '../../units.ts'
import { type CliContext, defaultCacheFolder } from '../context.ts'
import { withExamples } from '../examples.ts'
import { type ClusterOptions, parseCount, projectOf, selectionOf } from '../options.ts'
import { printResult } from '../print-result.ts'
import {
  cacheOption,
  choiceOption,
  clusterOption,
  jsonOption,
  nodeOption,
  outOption,
  profileOption,
  seedsOption,
} from '../shared-options.ts'
import { shownPath } from '../shown-path.ts'
import { formatSteps } from '../terminal/format-steps.ts'
import { showProgress } from '../terminal/progress-display.ts'

interface BuildOptions extends ClusterOptions {
  readonly base?: string
  readonly repair?: true
  readonly mirror?: string
  readonly format: string
  readonly jobs: string
  readonly cache?: string
  /** False where `--no-secrets` is given. */
  readonly secrets: boolean
  readonly verify?: true
  /** False where `--no-sync` is given. */
  readonly sync: boolean
  readonly imageHash?: true
}

/** `bantam build-image`: writes one image per node. */
export function addBuildImage(program: Command, context: CliContext): void {
  const command = program
    .command('build-image')
    .summary('write one flashable image per node')
    .description(
      'Writes one flashable image per node to <out>/<cluster>/, with its SHA256SUMS, and kubeconfig and keys to <out>/<cluster>.access/. Each image is read back and compared before it gets its name.',
    )
    .addOption(clusterOption())
    .addOption(profileOption())
    .addOption(nodeOption())
    .option('--base <image>', 'base image, instead of the cluster file’s os: a file, a URL or a catalog id')
    .option('--repair', 'repair a copy of a base image whose volumes are damaged, with fsck.fat and e2fsck')
    .option('--mirror <url>', 'Debian mirror for debian-13 (default: the one that apt uses on this machine)')
    .addOption(seedsOption())
    .addOption(outOption())
    .addOption(choiceOption('--format <format>', 'format of the images', artifactFormats).default(buildDefaults.format))
    .option('--image-hash', 'also give the SHA-256 of each unpacked image: extract_sha256 of Raspberry Pi Imager')
    .option('--jobs <count>', 'number of nodes to build at the same time', String(buildDefaults.jobs))
    .addOption(cacheOption())
    .option(
      '--no-secrets',
      'build images without secrets; each node’s secrets go to <out>/<cluster>.access/<node>.secrets.tar',
    )
    .option('--verify', 'read back every byte of each image, not only the edits')
    .option(
      '--no-sync',
      'do not wait until the disk has stored the images: faster, for images that a power cut may take',
    )
    .addOption(jsonOption())
    .action(async (options: BuildOptions) => {
      printBuild(await build(options, context), options, context)
    })
  withExamples(command, [
    ['bantam build-image', 'build the images of all nodes'],
    ['bantam build-image --profile worker', 'build the images of the workers'],
    ['bantam build-image --node server-1 --base ./raspios.img.xz', 'build one image from your own file'],
    ['bantam build-image --format img', 'write raw images: larger, and faster with debian-13'],
  ])
}

async function build(options: BuildOptions, context: CliContext): Promise<BuildResult> {
  const format = artifactFormats.find((one) => one === options.format)
  if (format === undefined) {
    throw new BuildError('USAGE_OPTION_INVALID', {
      option: '--format',
      value: options.format,
      expected: artifactFormats.join(' or '),
    })
  }
  const cacheFolder = options.cache ?? defaultCacheFolder(context, process.platform)
  const request = {
    project: projectOf(options, context),
    selection: selectionOf(options),
    base: options.base ?? null,
    repair: options.repair ?? false,
    debian: { recipeFolder: shippedRecipe, mirror: options.mirror ?? null },
    cacheFolder: resolve(context.workingFolder, cacheFolder),
    jobs: parseCount('--jobs', options.jobs),
    workerCount: context.coreCount,
    format,
    imageHash: options.imageHash ? 'sha256' : 'none',
    secretsPlace: options.secrets ? 'image' : 'detached',
    verify: options.verify ? 'every-byte' : 'edits',
    flush: options.sync,
    clock: sourceDateOf(context.env),
    now: context.now,
    signal: context.signal,
  } as const
  const { buildImages } = await import('../../pipeline/build/build-images.ts')
  const display = showProgress(context.stderr)
  try {
    return await buildImages({ ...request, progress: display.progress })
  } finally {
    display.stop()
  }
}

function printBuild(result: BuildResult, options: BuildOptions, context: CliContext): void {
  const { cluster, artifacts, bases, warnings, checksumFile, secretsFile, access, secretBundles, nextSteps } = result
  const shown = (path: string): string => shownPath(path, context)
  const lines = [
    // Nodes with k3s in their image and nodes without it have different base images from the same source.
    ...new Set(bases.flatMap(describeBase)),
    ...artifacts.flatMap(({ path, byteLength, sha256, imageSha256 }) => [
      `${shown(path)}  ${formatByteLength(byteLength)}  sha256 ${sha256.slice(0, 16)}…`,
      ...(imageSha256 === undefined ? [] : [`  unpacked: sha256 ${imageSha256}`]),
    ]),
    shown(checksumFile),
    ...secretBundles.map((path) => `${shown(path)}  secrets of the node`),
    `Kubeconfig and keys: ${shown(access.folder)}. Keep them private.`,
    `Secrets of the cluster: ${shown(secretsFile)}. Keep it: images built later join with it.`,
    'Next:',
  ]
  const json = {
    cluster,
    artifacts,
    bases: bases.map(publicFacts),
    warnings,
    accessFolder: access.folder,
    keyFile: access.keyFile,
    sshConfig: access.sshConfig,
    kubeconfig: access.kubeconfig,
    joinTokens: access.joinTokens,
    secretBundles,
    nextSteps,
  }
  const text = `${lines.map((line) => `${line}\n`).join('')}${formatSteps(nextSteps)}`
  printResult({ json, text, warnings }, options, context)
}

/** The facts of a base image for the JSON output. The other facts are paths in the cache. */
function publicFacts({ reference, source, verifiedSha256, byteLength, skipped }: BaseImage): object {
  return { reference, source, verifiedSha256, byteLength, skipped }
}

function describeBase(base: BaseImage): readonly string[] {
  const skipped = base.skipped.map(({ reference, message }) => `base image ${reference} is not available: ${message}`)
  return [
    ...skipped,
    base.reference === base.source ? `base image ${base.source}` : `base image ${base.reference} from ${base.source}`,
  ]
}
