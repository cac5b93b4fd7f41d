/**
 * What the Raspberry Pi firmware makes of config.txt on one board, as far as it decides what is started.
 * https://www.raspberrypi.com/documentation/computers/config_txt.html
 */
import type { Board } from '../model/cluster.ts'

/** A model whose firmware is followed. */
export type BootBoard = Exclude<Board, 'any'>

export interface BootSettings {
  /** Goes before the names of all files but config.txt; often a folder with its slash. */
  readonly osPrefix: string
  /** Null: the firmware's own choice. */
  readonly kernel: string | null
  /** Files that are loaded one after another; empty: none named. */
  readonly initramfs: readonly string[]
  readonly autoInitramfs: boolean
  readonly cmdline: string
  /** Filters and settings that were met and cannot be followed without the board itself. */
  readonly unknown: readonly string[]
}

/** Model filters that hold on each board (section "Model filters"); [pi4] covers the Pi 400 and the CM4 too, [pi5] likewise. */
const modelFilters: Readonly<Record<BootBoard, readonly string[]>> = {
  pi3: ['pi3'],
  pi4: ['pi4'],
  pi400: ['pi4', 'pi400'],
  cm4: ['pi4', 'cm4'],
  pi5: ['pi5'],
  pi500: ['pi5', 'pi500'],
  cm5: ['pi5', 'cm5'],
  zero2w: ['pi0', 'pi0w', 'pi02'],
}

const MODEL = /^(pi\d+\+?|pi0w|pi02|pi\d00|cm\d(\+|s)?)$/
/** The partition that holds config.txt, where the firmware has chosen none by itself. */
const BOOT_PARTITIONS = ['0', '1']

/** Reads the settings that hold on a board at a usual start: not after `reboot '0 tryboot'`. */
export function evaluateConfigTxt(text: string, board: BootBoard): BootSettings {
  const settings = {
    osPrefix: '',
    kernel: null as string | null,
    initramfs: [] as readonly string[],
    autoInitramfs: false,
    cmdline: 'cmdline.txt',
  }
  const filters = new Filters(board)
  const unknown: string[] = []
  for (const line of text.split(/\r?\n/)) {
    const filter = /^[ \t]*\[([^\]]*)\]/.exec(line)?.[1]
    if (filter !== undefined) {
      if (!filters.apply(filter.trim().toLowerCase())) unknown.push(`[${filter}]`)
      continue
    }
    if (!filters.hold) continue
    // The one setting without an equals sign.
    const initramfs = /^[ \t]*initramfs[ \t]+(\S+)/.exec(line)?.[1]
    if (initramfs !== undefined) settings.initramfs = initramfs.split(',')
    const [, key, value = ''] = /^[ \t]*([a-z_0-9]+)=(.*?)[ \t]*$/.exec(line) ?? []
    switch (key) {
      case 'os_prefix':
        settings.osPrefix = value
        break
      case 'kernel':
        settings.kernel = value
        break
      case 'ramfsfile':
        settings.initramfs = value.split(',')
        break
      case 'auto_initramfs':
        settings.autoInitramfs = value !== '0'
        break
      case 'cmdline':
        settings.cmdline = value
        break
      default:
        if (/^[ \t]*include[ \t]/.test(line)) unknown.push(line.trim())
    }
  }
  return { ...settings, unknown }
}

/** Conditional filters: those of one kind replace each other, those of several kinds must all hold, [all] ends them. */
class Filters {
  readonly #board: BootBoard
  readonly #held = new Map<string, boolean>()

  constructor(board: BootBoard) {
    this.#board = board
  }

  get hold(): boolean {
    return [...this.#held.values()].every(Boolean)
  }

  /** False where the filter cannot be decided; what stands under it then counts as not set. */
  apply(filter: string): boolean {
    const [name = '', value = ''] = filter.split('=')
    if (filter === 'all') this.#held.clear()
    else if (filter === 'none') this.#held.set('none', false)
    else if (filter === 'tryboot') this.#held.set('tryboot', false)
    else if (MODEL.test(filter)) this.#held.set('model', modelFilters[this.#board].includes(filter))
    else if (name === 'boot_partition' || name === 'partition')
      this.#held.set('partition', BOOT_PARTITIONS.includes(value))
    else {
      this.#held.set(name, false)
      return false
    }
    return true
  }
}
