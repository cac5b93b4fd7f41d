import { availableParallelism } from 'node:os'
import { join, relative, resolve } from 'node:path'
import type { Command } from 'commander'
import { BuildError } from '../../errors.ts'
import { artifactFormats } from '../../model/artifact.ts'
import type { BaseImage } from '../../model/base-image.ts'
import type { BuildResult } from '../../pipeline/build/build-images.ts'
import { formatByteLength } from '../../units.ts'
import { type CliContext, defaultCacheFolder } from '../context.ts'
import { type ClusterOptions, collect, parseCount, projectOf, selectionOf, sourceDate } from '../options.ts'
import { printResult } from '../print-result.ts'
import { showProgress } from '../progress-display.ts'

interface BuildOptions extends ClusterOptions {
  readonly base?: string
  readonly mirror?: string
  readonly format: string
  readonly jobs: string
  readonly cache?: string
  /** False where `--no-secrets` is given. */
  readonly secrets: boolean
  readonly verify?: true
  readonly imageHash?: true
}

/** `bantam build-image`: writes one image per node. */
export function addBuildImage(program: Command, context: CliContext): void {
  program
    .command('build-image')
    .summary('write one flashable image per node')
    .description(
      'Writes one flashable image per node to <out>/<cluster>/, with its SHA256SUMS. Each image is read back and compared before it gets its name.',
    )
    .option('--cluster <file>', 'cluster file', 'cluster.yaml')
    .option('--profile <name>', 'only nodes of this profile (may be given again)', collect)
    .option('--node <name>', 'only this node (may be given again)', collect)
    .option('--base <image>', 'base image, instead of the cluster file’s os: a file, a URL or a catalog id')
    .option('--mirror <url>', 'Debian mirror that debian-13 is assembled from (default: that of this machine’s apt)')
    .option('--seeds <dir>', 'folder of templates that win over the shipped ones')
    .option('--out <dir>', 'folder of results', 'out')
    .option('--format <format>', `format of the images: ${artifactFormats.join(' or ')}`, 'img.xz')
    .option(
      '--image-hash',
      'also give the SHA-256 of each image as it is flashed (extract_sha256 of Raspberry Pi Imager)',
    )
    .option('--jobs <count>', 'nodes at work at a time', '3')
    .option(
      '--cache <dir>',
      'folder of downloaded and decoded base images (default: the user’s cache folder, or BANTAM_CACHE)',
    )
    .option(
      '--no-secrets',
      'build images that hold no secret; each node’s go into <node>.secrets.tar, to be put onto its card as bantam-secrets.tar',
    )
    .option('--verify', 'read every byte of each image back, not only what was edited')
    .option('--json', 'print one JSON document on stdout')
    .addHelpText(
      'after',
      `
Examples:
  bantam build-image                                  all nodes of cluster.yaml
  bantam build-image --profile worker                 the workers
  bantam build-image --node server-1 --base ./raspios.img.xz
`,
    )
    .action(async (options: BuildOptions) => {
      printBuild(await build(options, context), options, context)
    })
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
    debian: { recipeFolder: join(context.packageFolder, 'debian-13'), mirror: options.mirror ?? null },
    cacheFolder: resolve(context.workingFolder, cacheFolder),
    jobs: parseCount('--jobs', options.jobs),
    workerCount: availableParallelism(),
    format,
    imageHash: options.imageHash ? 'sha256' : 'none',
    secretsPlace: options.secrets ? 'image' : 'detached',
    verify: options.verify ? 'every-byte' : 'edits',
    clock: sourceDate(context.env),
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
  const { cluster, artifacts, bases, warnings, checksumFile, secretsFile, access, secretBundles, firstNode } = result
  const shown = (path: string): string => relative(context.workingFolder, path) || path
  const lines = [
    // Nodes with k3s in their image and nodes without have bases of their own, from the same source.
    ...new Set(bases.flatMap(describeBase)),
    ...artifacts.flatMap(({ path, byteLength, sha256, imageSha256 }) => [
      `${shown(path)}  ${formatByteLength(byteLength)}  sha256 ${sha256.slice(0, 16)}…`,
      ...(imageSha256 === undefined ? [] : [`  unpacked: sha256 ${imageSha256}`]),
    ]),
    shown(checksumFile),
    `Secrets of the cluster: ${shown(secretsFile)}. Keep it: images built later join with it.`,
    ...secretBundles.map(
      (path) => `${shown(path)}  to be put onto the boot partition of its flashed card, as bantam-secrets.tar`,
    ),
    `Log in: ssh -F ${shown(access.sshConfig)} ${firstNode}`,
    ...(access.joinTokens === null
      ? []
      : [
          `Join tokens expire from ${access.joinTokens.expires.toISOString()} on. Tell a cluster that runs already: kubectl apply -f ${shown(access.joinTokens.path)}`,
        ]),
    ...(access.kubeconfig === null ? [] : [`kubectl: export KUBECONFIG=${access.kubeconfig}`]),
  ]
  const json = {
    cluster,
    artifacts,
    bases: bases.map(publicFacts),
    warnings,
    keyFile: access.keyFile,
    sshConfig: access.sshConfig,
    kubeconfig: access.kubeconfig,
    joinTokens: access.joinTokens,
    secretBundles,
  }
  printResult({ json, text: lines.map((line) => `${line}\n`).join(''), warnings }, options, context)
}

/** What of a base image is of use outside; the rest are places in the cache. */
function publicFacts({ reference, source, verifiedSha256, byteLength, skipped }: BaseImage): object {
  return { reference, source, verifiedSha256, byteLength, skipped }
}

function describeBase(base: BaseImage): readonly string[] {
  const skipped = base.skipped.map(({ reference, message }) => `base image ${reference} could not be had: ${message}`)
  return [
    ...skipped,
    base.reference === base.source ? `base image ${base.source}` : `base image ${base.reference} from ${base.source}`,
  ]
}
