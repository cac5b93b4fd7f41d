import { tmpdir } from 'node:os'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { forwardAddresses, isForward, isLinkNetwork, LINK_NETWORK } from '../../emulator/link-addresses.ts'
import { type MilestoneName, milestoneNames } from '../../emulator/milestones.ts'
import type { Forward } from '../../emulator/private-link.ts'
import { BuildError } from '../../errors.ts'
import { bootDefaults } from '../../machine/defaults.ts'
import { forwardScript } from '../../machine/package-folder.ts'
import { boardNames } from '../../model/boards.ts'
import type { BootedImage, BootRequest } from '../../pipeline/boot/boot-images.ts'
import { MIB } from '../../units.ts'
import { type CliContext, defaultCacheFolder } from '../context.ts'
import { withExamples } from '../examples.ts'
import { parseCount } from '../options.ts'
import { printResult } from '../print-result.ts'
import { cacheOption, choiceOption, collect, jsonOption } from '../shared-options.ts'
import { formatTable } from '../terminal/format-table.ts'
import { showProgress } from '../terminal/progress-display.ts'

export interface BootCommandOptions {
  readonly board: string
  readonly until?: readonly string[]
  readonly timeout: string
  readonly memory: string
  readonly diskSize: string
  readonly network: string
  readonly forward?: readonly string[]
  readonly kernel?: string
  readonly initrd?: string
  readonly quiet?: true
  readonly cache?: string
  readonly json?: true
}

/** `bantam boot IMAGE…`: starts images in an emulator. */
export function addBoot(program: Command, context: CliContext): void {
  const command = program
    .command('boot')
    .argument('<image...>', 'image file, raw or compressed, or a URL or catalog id')
    .summary('start images in QEMU and report the milestones they reach')
    .description(
      'Starts images in QEMU as the firmware of a board would: config.txt names kernel, initramfs and command line. Several images start together, on a private network without internet. The images are not written to.',
    )
    .addOption(
      choiceOption('--board <model>', 'board whose firmware QEMU imitates', boardNames).default(bootDefaults.board),
    )
    .addOption(
      choiceOption(
        '--until <milestone>',
        `milestone that each image must reach (may be given again; default: "${bootDefaults.until.join('", "')}")`,
        milestoneNames,
      ).argParser(collect),
    )
    .option('--timeout <seconds>', 'time limit of each image', String(bootDefaults.timeoutSeconds))
    .option('--memory <MiB>', 'memory of each machine', String(bootDefaults.memoryMiB))
    .option('--disk-size <MiB>', 'size of each card', String(bootDefaults.diskMiB))
    .option('--network <cidr>', 'network of the private link; its router is .2', bootDefaults.network)
    .option(
      '--forward <address:port=port>',
      'address on the link that leads to a server on this machine (may be given again)',
      collect,
    )
    .option('--kernel <file>', 'kernel that replaces one that runs on boards only; with --initrd')
    .option('--initrd <file>', 'initramfs for --kernel')
    .option('--quiet', 'do not show the console')
    .addOption(cacheOption())
    .addOption(jsonOption())
    .action(async (images: readonly string[], options: BootCommandOptions) => {
      const booted = await boot(images, options, context)
      printResult({ json: { images: booted }, text: formatBooted(booted), warnings: [] }, options, context)
    })
  withExamples(command, [
    ['bantam boot out/home/worker-1.img.xz', 'start one image, until cloud-init is done'],
    [
      'bantam boot out/home/*.img.xz --until joined --timeout 1800',
      'start a cluster whose images carry k3s (install: offline)',
    ],
  ])
}

async function boot(
  images: readonly string[],
  options: BootCommandOptions,
  context: CliContext,
): Promise<readonly BootedImage[]> {
  const { bootImages } = await import('../../pipeline/boot/boot-images.ts')
  const display = showProgress(context.stderr)
  try {
    return await bootImages(planBoot(images, options, context, display))
  } finally {
    display.stop()
  }
}

/** Reads the options. Throws `USAGE_OPTION_INVALID`. */
export function planBoot(
  images: readonly string[],
  options: BootCommandOptions,
  context: CliContext,
  display: Pick<ReturnType<typeof showProgress>, 'progress' | 'printLine'>,
): BootRequest {
  const { workingFolder, signal, now } = context
  const prefix = (machine: string): string => (images.length > 1 ? `${machine}: ` : '')
  return {
    images,
    board: oneOf('--board', options.board, boardNames),
    until: (options.until ?? bootDefaults.until).map((name) => oneOf<MilestoneName>('--until', name, milestoneNames)),
    timeoutMs: parseCount('--timeout', options.timeout) * 1000,
    memoryMiB: parseCount('--memory', options.memory, 256),
    diskByteLength: parseCount('--disk-size', options.diskSize) * MIB,
    network: parseNetwork(options.network),
    forwards: (options.forward ?? []).map((value) => parseForward(value, options.network)),
    forwardProgram: [process.execPath, forwardScript],
    kernel: parseKernel(options, workingFolder),
    workingFolder,
    cacheFolder: resolve(workingFolder, options.cache ?? defaultCacheFolder(context, process.platform)),
    workerCount: context.coreCount,
    temporaryFolder: tmpdir(),
    now,
    signal,
    progress: display.progress,
    onNote: (note, machine) => {
      display.printLine(`${prefix(machine)}${note}`)
    },
    onLine: (line, machine) => {
      if (!options.quiet && line.trim() !== '') display.printLine(`${prefix(machine)}${line}`)
    },
  }
}

function oneOf<T extends string>(option: string, value: string, values: readonly T[]): T {
  const found = values.find((one) => one === value)
  if (found === undefined)
    throw new BuildError('USAGE_OPTION_INVALID', { option, value, expected: `one of ${values.join(', ')}` })
  return found
}

function parseNetwork(value: string): string {
  if (!isLinkNetwork(value))
    throw new BuildError('USAGE_OPTION_INVALID', { option: '--network', value, expected: LINK_NETWORK })
  return value
}

function parseForward(value: string, network: string): Forward {
  const [, address, port, hostPort] = /^([\d.]+):(\d{1,5})=(\d{1,5})$/.exec(value) ?? []
  const forward = { address, port: Number(port), hostPort: Number(hostPort) }
  if (!isForward(forward, network)) {
    throw new BuildError('USAGE_OPTION_INVALID', {
      option: '--forward',
      value,
      expected: `ADDRESS:PORT=PORT with ${forwardAddresses(network)}, such as ${network.replace('0/24', '4')}:80=8080`,
    })
  }
  return forward
}

function parseKernel(
  { kernel, initrd }: BootCommandOptions,
  workingFolder: string,
): { readonly kernelPath: string; readonly initramfsPath: string } | null {
  if (kernel === undefined && initrd === undefined) return null
  if (kernel === undefined || initrd === undefined) {
    throw new BuildError('USAGE_OPTION_INVALID', {
      option: kernel === undefined ? '--initrd' : '--kernel',
      value: kernel ?? initrd ?? '',
      expected: '--kernel and --initrd together',
    })
  }
  return { kernelPath: resolve(workingFolder, kernel), initramfsPath: resolve(workingFolder, initrd) }
}

function formatBooted(images: readonly BootedImage[]): string {
  return formatTable([
    ['IMAGE', ...milestoneNames],
    ...images.map(({ name, milestones }) => [
      name,
      ...milestoneNames.map((wanted) => {
        const milestone = milestones.find((one) => one.name === wanted)
        return milestone === undefined ? '-' : `${milestone.seconds.toFixed(1)} s`
      }),
    ]),
  ])
}
