/**
 * The Raspberry Pi models that run 64-bit images, with everything that bantam knows of each. Schema, docs, warnings and the emulator's
 * reading of config.txt use these rows.
 *
 * Sources. Memory: https://www.raspberrypi.com/documentation/computers/raspberry-pi.html and the product pages.
 * Filters: https://www.raspberrypi.com/documentation/computers/config_txt.html#model-filters
 * Kernels: https://www.raspberrypi.com/documentation/computers/config_txt.html#kernel
 * Debian's kernel: docs/debian-13.md.
 */
export interface BoardFacts {
  /** For people. */
  readonly title: string
  /** Smallest and largest memory of the model's variants, in MiB. */
  readonly memoryMiB: { readonly least: number; readonly most: number }
  /** Model filters of config.txt that match the board. [pi4] also matches the Pi 400 and the CM4; [pi5] also matches the Pi 500 and the CM5. */
  readonly modelFilters: readonly string[]
  /** Kernels that the firmware tries, in this order, if config.txt names none. */
  readonly kernels: readonly string[]
  /** Whether Debian's kernel starts on it. */
  readonly debianKernel: boolean
}

const GIB = 1024
/** The 64-bit kernel with pages of 4 KiB. Boards with a BCM2712 first try one with pages of 16 KiB. */
const KERNEL_8 = ['kernel8.img'] as const
const KERNEL_2712 = ['kernel_2712.img', ...KERNEL_8] as const

export const boardModels = {
  pi3: {
    title: 'Raspberry Pi 3',
    // Model 3A+ has half of the memory of 3B and 3B+.
    memoryMiB: { least: 512, most: 1 * GIB },
    modelFilters: ['pi3'],
    kernels: KERNEL_8,
    debianKernel: true,
  },
  pi4: {
    title: 'Raspberry Pi 4',
    memoryMiB: { least: 1 * GIB, most: 8 * GIB },
    modelFilters: ['pi4'],
    kernels: KERNEL_8,
    debianKernel: true,
  },
  pi400: {
    title: 'Raspberry Pi 400',
    memoryMiB: { least: 4 * GIB, most: 4 * GIB },
    modelFilters: ['pi4', 'pi400'],
    kernels: KERNEL_8,
    debianKernel: true,
  },
  pi5: {
    title: 'Raspberry Pi 5',
    memoryMiB: { least: 1 * GIB, most: 16 * GIB },
    modelFilters: ['pi5'],
    kernels: KERNEL_2712,
    debianKernel: false,
  },
  pi500: {
    title: 'Raspberry Pi 500, 500+',
    memoryMiB: { least: 8 * GIB, most: 16 * GIB },
    modelFilters: ['pi5', 'pi500'],
    kernels: KERNEL_2712,
    debianKernel: false,
  },
  cm4: {
    title: 'Compute Module 4',
    memoryMiB: { least: 1 * GIB, most: 8 * GIB },
    modelFilters: ['pi4', 'cm4'],
    kernels: KERNEL_8,
    debianKernel: true,
  },
  cm5: {
    title: 'Compute Module 5',
    memoryMiB: { least: 2 * GIB, most: 16 * GIB },
    modelFilters: ['pi5', 'cm5'],
    kernels: KERNEL_2712,
    debianKernel: false,
  },
  zero2w: {
    title: 'Raspberry Pi Zero 2 W',
    memoryMiB: { least: 512, most: 512 },
    modelFilters: ['pi0', 'pi0w', 'pi02'],
    kernels: KERNEL_8,
    debianKernel: true,
  },
} as const satisfies Readonly<Record<string, BoardFacts>>

/** The name of a board's model. */
export type BoardModel = keyof typeof boardModels

/** The value of `board`: a model, or `any` if the user names none. */
export type Board = 'any' | BoardModel

/** In the order of the table. */
export const boardNames = Object.keys(boardModels) as readonly BoardModel[]
export const boards: readonly Board[] = ['any', ...boardNames]

/** Memory that a k3s server needs: https://docs.k3s.io/installation/requirements#hardware */
const SERVER_LEAST_MIB = 2 * GIB

/** Returns the facts of a board; null for `any`, which may be each model. */
export function findBoard(board: Board): BoardFacts | null {
  return board === 'any' ? null : boardModels[board]
}

/** Says whether every variant of a board has too little memory for a k3s server. */
export function isTooSmallForServer(board: Board): boolean {
  const facts = findBoard(board)
  return facts !== null && facts.memoryMiB.most < SERVER_LEAST_MIB
}
