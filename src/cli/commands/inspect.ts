import { resolve } from 'node:path'
import type { Command } from 'commander'
import { BuildError } from '../../errors.ts'
import type { FoundSecret } from '../../image/find-secrets.ts'
import type { Inspection } from '../../pipeline/inspect/inspect-image.ts'
import { formatByteLength } from '../../units.ts'
import { type CliContext, defaultCacheFolder } from '../context.ts'
import { projectOf } from '../options.ts'
import { formatTable, printResult } from '../print-result.ts'
import { showProgress } from '../progress-display.ts'

interface InspectOptions {
  readonly cluster: string
  readonly secrets?: true
  readonly cache?: string
  readonly json?: true
}

/** `bantam inspect IMAGE`: says what an image holds. */
export function addInspect(program: Command, context: CliContext): void {
  program
    .command('inspect')
    .argument('<image>', 'image file, raw or compressed, or a URL or catalog id')
    .summary('say what an image holds')
    .description(
      'Says what an image holds: partitions, system, boot files, seed and join settings. Secrets are not shown.',
    )
    .option(
      '--secrets',
      'instead, look for every secret of the cluster in every byte of the image; exit code 1 where one is found',
    )
    .option('--cluster <file>', 'cluster file whose secrets are looked for', 'cluster.yaml')
    .option('--cache <dir>', 'folder of decoded images (default: the user’s cache folder, or BANTAM_CACHE)')
    .option('--json', 'print one JSON document on stdout')
    .action(async (image: string, options: InspectOptions) => {
      const { inspectImage, findSecretsIn } = await import('../../pipeline/inspect/inspect-image.ts')
      const display = showProgress(context.stderr)
      const request = {
        image,
        workingFolder: context.workingFolder,
        cacheFolder: resolve(context.workingFolder, options.cache ?? defaultCacheFolder(context, process.platform)),
        now: context.now,
        signal: context.signal,
        progress: display.progress,
      }
      try {
        if (options.secrets) {
          const found = await findSecretsIn(request, projectOf(options, context))
          if (found.length > 0) throw new BuildError('IMAGE_SECRETS_FOUND', { image, places: listPlaces(found) })
          printResult(
            { json: { image, found }, text: `${image} holds no secret of the cluster.\n`, warnings: [] },
            options,
            context,
          )
        } else {
          const inspection = await inspectImage(request)
          printResult({ json: inspection, text: formatInspection(inspection), warnings: [] }, options, context)
        }
      } finally {
        display.stop()
      }
    })
}

/** Each secret once, with the first of its places. */
function listPlaces(found: readonly FoundSecret[]): readonly string[] {
  const names = [...new Set(found.map(({ name }) => name))]
  return names.map((name) => {
    const [first, ...more] = found.filter((one) => one.name === name)
    return `${name} at byte ${first?.byteOffset ?? 0} (${first?.where ?? ''})${more.length === 0 ? '' : ` and at ${more.length} more`}`
  })
}

function formatInspection(inspection: Inspection): string {
  const { seed, join } = inspection
  const partitions = inspection.partitions.map(({ number, use, type, label, byteStart, byteLength }) => [
    `partition ${number}`,
    `${use}, type ${type}, ${label ?? 'no label'}, ${formatByteLength(byteLength)} at byte ${byteStart}`,
  ])
  return formatTable([
    ['image', `${inspection.image} (${formatByteLength(inspection.byteLength)}, disk id ${inspection.diskId})`],
    ...partitions,
    ['system', `${inspection.osName}, seeded as ${inspection.flavour}`],
    ['root', `${formatByteLength(inspection.rootFreeBytes)} free`],
    [inspection.cmdlinePath, inspection.cmdline],
    ...inspection.configTxtLines.map((line, index) => [index === 0 ? 'config.txt' : '', line]),
    ['boot files', inspection.bootFiles.join(' ')],
    ['instance-id', seed.instanceId ?? 'none'],
    ['host name', seed.hostName ?? 'none'],
    ['users', seed.users.join(', ') || 'none'],
    [
      'k3s',
      join === null
        ? 'none'
        : `${join.role}, ${join.server === null ? 'founds the cluster' : `joins ${join.server}`}, ${join.hasToken ? 'holds a token' : 'no token'}`,
    ],
  ])
}
