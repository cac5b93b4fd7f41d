import { forwardAddresses, isForward, LINK_NETWORK, isLinkNetwork } from '../emulator/link-addresses.ts'
import { type MilestoneName, milestoneNames } from '../emulator/milestones.ts'
import type { Forward } from '../emulator/private-link.ts'
import { BuildError } from '../errors.ts'
import type { BootBoard } from '../image/evaluate-config-txt.ts'
import { bootDefaults } from '../machine/defaults.ts'
import { forwardScript } from '../machine/package-folder.ts'
import { boardNames } from '../model/boards.ts'
import { bootImages, type BootedImage, type BootRequest } from '../pipeline/boot/boot-images.ts'
import { MIB } from '../units.ts'
import {
  callback,
  checkOptions,
  countFrom,
  invalidOption,
  list,
  listOf,
  oneOf,
  type OptionRules,
  record,
  required,
  text,
  texts,
} from './check-options.ts'
import { type CacheOptions, cacheRules, type MachineOptions, machineRules } from './options.ts'
import { cacheContextOf, machineOf } from './resolve-options.ts'

export interface BootOptions extends MachineOptions, CacheOptions {
  /** Files (raw or compressed), URLs or catalog ids. The images start together, on one network. */
  readonly images: readonly string[]
  /** The board whose firmware the emulator imitates. Default: `pi4`. */
  readonly board?: BootBoard | undefined
  /** The milestones that each image must reach. Default: `cloud-init done`. */
  readonly until?: readonly MilestoneName[] | undefined
  /** Time limit of each image, in milliseconds. Default: 600 000. */
  readonly timeoutMs?: number | undefined
  /** Memory of each machine. Default: 1024. */
  readonly memoryMiB?: number | undefined
  /** Size of each card. Default: 8192. */
  readonly diskMiB?: number | undefined
  /** Network of the private link; its router is .2. Default: `10.0.2.0/24`. */
  readonly network?: string | undefined
  /** Addresses on the link that lead to servers on this machine. Default: none. */
  readonly forwards?: readonly Forward[] | undefined
  /** Kernel and initramfs that replace those of the image. Default: those of the image. */
  readonly kernel?: { readonly kernelPath: string; readonly initramfsPath: string } | undefined
  /** Receives each line of each console. */
  readonly onLine?: ((line: string, machine: string) => void) | undefined
  /** Receives a sentence for each difference from a start on a real board. */
  readonly onNote?: ((note: string, machine: string) => void) | undefined
}

const rules: OptionRules<BootOptions> = {
  ...machineRules,
  ...cacheRules,
  images: required(texts),
  board: oneOf(boardNames),
  until: listOf(milestoneNames),
  timeoutMs: countFrom(1),
  memoryMiB: countFrom(256),
  diskMiB: countFrom(1),
  network: { expected: LINK_NETWORK, holds: isLinkNetwork },
  forwards: list,
  kernel: record,
  onLine: callback,
  onNote: callback,
}

const kernelRules: OptionRules<NonNullable<BootOptions['kernel']>> = {
  kernelPath: required(text),
  initramfsPath: required(text),
}

/** Starts images in QEMU until each has reached its milestones. The images are not written to. Throws `BOOT_TIMED_OUT`, `BOOT_FAILED`. */
export async function boot(options: BootOptions): Promise<readonly BootedImage[]> {
  return bootImages(planBoot(options))
}

/** Checks options and fills in defaults. Throws `API_OPTION_MISSING`, `API_OPTION_UNKNOWN`, `API_OPTION_INVALID`. */
export function planBoot(options: BootOptions): BootRequest {
  const checked = checkOptions('boot', options, rules)
  const { nodeProgram, temporaryFolder } = machineOf(checked)
  if (checked.images.length === 0) throw new BuildError('API_OPTION_MISSING', { function: 'boot', option: 'images' })
  const network = checked.network ?? bootDefaults.network
  return {
    ...cacheContextOf(checked),
    images: checked.images,
    board: checked.board ?? bootDefaults.board,
    until: checked.until ?? bootDefaults.until,
    timeoutMs: checked.timeoutMs ?? bootDefaults.timeoutSeconds * 1000,
    memoryMiB: checked.memoryMiB ?? bootDefaults.memoryMiB,
    diskByteLength: (checked.diskMiB ?? bootDefaults.diskMiB) * MIB,
    network,
    forwards: checkForwards(checked.forwards ?? [], network),
    forwardProgram: [nodeProgram, forwardScript],
    kernel: checked.kernel === undefined ? null : checkOptions('boot', checked.kernel, kernelRules, 'kernel.'),
    temporaryFolder,
    onLine: checked.onLine ?? ((): void => undefined),
    onNote: checked.onNote ?? ((): void => undefined),
  }
}

/** Checks forwards against the network of the link, which a rule of one option does not know. */
function checkForwards(forwards: readonly Forward[], network: string): readonly Forward[] {
  for (const [index, forward] of forwards.entries()) {
    if (!isForward(forward, network))
      throw invalidOption(
        'boot',
        `forwards[${index}]`,
        forward,
        `{address, port, hostPort} with ${forwardAddresses(network)} and ports from 1 to 65535`,
      )
  }
  return forwards
}
