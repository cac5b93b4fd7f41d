import { resolve } from 'node:path'
import type { Command } from 'commander'
import { BuildError } from '../../errors.ts'
import type { FoundSecret } from '../../image/find-secrets.ts'
import type { Inspection } from '../../pipeline/inspect/inspect-image.ts'
import type { InterfaceDescription } from '../../render/describe-seed.ts'
import { formatByteLength } from '../../units.ts'
import { cacheFolderOrNull, type CliContext } from '../context.ts'
import { withExamples } from '../examples.ts'
import { projectOf } from '../options.ts'
import { printResult } from '../print-result.ts'
import { cacheOption, clusterOption, jsonOption } from '../shared-options.ts'
import { formatTable } from '../terminal/format-table.ts'
import { showProgress } from '../terminal/progress-display.ts'

interface InspectOptions {
  readonly cluster: string
  readonly secrets?: true
  readonly cache?: string
  readonly json?: true
}

/** `bantam inspect IMAGE`: describes the contents of an image. */
export function addInspect(program: Command, context: CliContext): void {
  const command = program
    .command('inspect')
    .argument('<image>', 'image file, raw or compressed, or a URL or catalog id')
    .summary('describe the contents of an image')
    .description(
      'Describes the contents of an image: partitions, system, boot files, seed and join settings. Secrets are not shown.',
    )
    .option(
      '--secrets',
      'instead, search every byte of the image for secrets of the cluster; exit code 1 if one is found',
    )
    .addOption(clusterOption('cluster file whose secrets are searched for'))
    .addOption(cacheOption())
    .addOption(jsonOption())
    .action(async (image: string, options: InspectOptions) => {
      const { inspectImage, findSecretsIn } = await import('../../pipeline/inspect/inspect-image.ts')
      const display = showProgress(context.stderr)
      const cacheFolder = options.cache ?? cacheFolderOrNull(context, process.platform)
      const request = {
        image,
        workingFolder: context.workingFolder,
        cacheFolder: cacheFolder === null ? null : resolve(context.workingFolder, cacheFolder),
        workerCount: context.coreCount,
        now: context.now,
        signal: context.signal,
        progress: display.progress,
      }
      const result = await (
        options.secrets
          ? findSecretsIn(request, projectOf(options, context)).then((found) => ({ found }))
          : inspectImage(request).then((inspection) => ({ inspection }))
      ).finally(() => {
        display.stop()
      })
      if ('inspection' in result) {
        const { inspection } = result
        printResult({ json: inspection, text: formatInspection(inspection), warnings: [] }, options, context)
        return
      }
      const { found } = result
      if (found.length > 0) throw new BuildError('IMAGE_SECRETS_FOUND', { image, places: listPlaces(found) })
      const text = `${image} holds no secret of the cluster.\n`
      printResult({ json: { image, found }, text, warnings: [] }, options, context)
    })
  withExamples(command, [
    ['bantam inspect out/home/worker-1.img.xz', 'show partitions, system and join settings'],
    ['bantam inspect --secrets out/home/worker-1.img.xz', 'check that an image holds no secret'],
  ])
}

/** Lists each secret once, with the first of its places. */
function listPlaces(found: readonly FoundSecret[]): readonly string[] {
  const names = [...new Set(found.map(({ name }) => name))]
  return names.map((name) => {
    const [first, ...more] = found.filter((one) => one.name === name)
    return `${name} at byte ${first?.byteOffset ?? 0} (${first?.where ?? ''})${more.length === 0 ? '' : ` and at ${more.length} more`}`
  })
}

function formatInterface({ name, address, ssid }: InterfaceDescription): string {
  return `${name}${ssid === null ? '' : `, Wi-Fi ${ssid}`}, ${address ?? 'DHCP'}`
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
    ['time zone', seed.timezone ?? 'none'],
    ['network', seed.interfaces.map(formatInterface).join('; ') || 'none'],
    ['users', seed.users.join(', ') || 'none'],
    [
      'k3s',
      join === null
        ? 'none'
        : `${join.role}, ${join.server === null ? 'initializes the cluster' : `joins ${join.server}`}, ${join.hasToken ? 'holds a token' : 'no token'}`,
    ],
  ])
}
