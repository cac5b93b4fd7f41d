/**
 * The Raspberry Pi models that run 64-bit images, with everything that bantam knows of each. Schema, docs, the emulator's reading of config.txt
 * and the warnings follow from these rows.
 *
 * Sources. Memory: https://www.raspberrypi.com/documentation/computers/raspberry-pi.html and the product pages.
 * Filters: https://www.raspberrypi.com/documentation/computers/config_txt.html#model-filters
 * Kernels: https://www.raspberrypi.com/documentation/computers/config_txt.html#kernel
 * Debian's kernel: docs/debian-13.md.
 */
export interface BoardFacts {
  /** For people. */
  readonly title: string
  readonly architecture: 'arm64'
  /** Over all variants of the model, in MiB. */
  readonly memoryMiB: { readonly least: number; readonly most: number }
  /** Model filters of config.txt that hold on it; [pi4] covers the Pi 400 and the CM4 too, [pi5] likewise. */
  readonly modelFilters: readonly string[]
  /** What the firmware starts where config.txt names no kernel: the first of these that is there. */
  readonly kernels: readonly string[]
  /** Whether the kernel of Debian itself starts on it. */
  readonly debianKernel: boolean
}

const GIB = 1024
/** 64-bit kernels with pages of 4 KiB; boards with a BCM2712 look for one with pages of 16 KiB first. */
const KERNEL_8 = ['kernel8.img'] as const
const KERNEL_2712 = ['kernel_2712.img', ...KERNEL_8] as const

export const boardModels = {
  pi3: {
    title: 'Raspberry Pi 3',
    architecture: 'arm64',
    // Model 3A+ has half of what 3B and 3B+ have.
    memoryMiB: { least: 512, most: 1 * GIB },
    modelFilters: ['pi3'],
    kernels: KERNEL_8,
    debianKernel: true,
  },
  pi4: {
    title: 'Raspberry Pi 4',
    architecture: 'arm64',
    memoryMiB: { least: 1 * GIB, most: 8 * GIB },
    modelFilters: ['pi4'],
    kernels: KERNEL_8,
    debianKernel: true,
  },
  pi400: {
    title: 'Raspberry Pi 400',
    architecture: 'arm64',
    memoryMiB: { least: 4 * GIB, most: 4 * GIB },
    modelFilters: ['pi4', 'pi400'],
    kernels: KERNEL_8,
    debianKernel: true,
  },
  pi5: {
    title: 'Raspberry Pi 5',
    architecture: 'arm64',
    memoryMiB: { least: 1 * GIB, most: 16 * GIB },
    modelFilters: ['pi5'],
    kernels: KERNEL_2712,
    debianKernel: false,
  },
  pi500: {
    title: 'Raspberry Pi 500, 500+',
    architecture: 'arm64',
    memoryMiB: { least: 8 * GIB, most: 16 * GIB },
    modelFilters: ['pi5', 'pi500'],
    kernels: KERNEL_2712,
    debianKernel: false,
  },
  cm4: {
    title: 'Compute Module 4',
    architecture: 'arm64',
    memoryMiB: { least: 1 * GIB, most: 8 * GIB },
    modelFilters: ['pi4', 'cm4'],
    kernels: KERNEL_8,
    debianKernel: true,
  },
  cm5: {
    title: 'Compute Module 5',
    architecture: 'arm64',
    memoryMiB: { least: 2 * GIB, most: 16 * GIB },
    modelFilters: ['pi5', 'cm5'],
    kernels: KERNEL_2712,
    debianKernel: false,
  },
  zero2w: {
    title: 'Raspberry Pi Zero 2 W',
    architecture: 'arm64',
    memoryMiB: { least: 512, most: 512 },
    modelFilters: ['pi0', 'pi0w', 'pi02'],
    kernels: KERNEL_8,
    debianKernel: true,
  },
} as const satisfies Readonly<Record<string, BoardFacts>>

/** A model of board that somebody named. */
export type BoardModel = keyof typeof boardModels

/** What `board` may say; `any` where the user does not know or does not say. */
export type Board = 'any' | BoardModel

/** In the order of the table. */
export const boardNames = Object.keys(boardModels) as readonly BoardModel[]
export const boards: readonly Board[] = ['any', ...boardNames]

/** https://docs.k3s.io/installation/requirements#hardware */
const SERVER_LEAST_MIB = 2 * GIB

/** What is known of a board; null for `any`, which may be each of them. */
export function findBoard(board: Board): BoardFacts | null {
  return board === 'any' ? null : boardModels[board]
}

/** Says whether no variant of a board has the memory that a k3s server needs. */
export function isTooSmallForServer(board: Board): boolean {
  const facts = findBoard(board)
  return facts !== null && facts.memoryMiB.most < SERVER_LEAST_MIB
}
