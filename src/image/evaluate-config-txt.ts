/**
 * How the Raspberry Pi firmware interprets config.txt on one board, for the settings that decide what it starts.
 * https://www.raspberrypi.com/documentation/computers/config_txt.html
 */
import { type BoardModel, boardModels } from '../model/boards.ts'

/** A board model whose firmware is modelled here. */
export type BootBoard = BoardModel

export interface BootSettings {
  /** Prefix of all file names except config.txt. Often a folder with its slash. */
  readonly osPrefix: string
  /** Null: the firmware chooses. */
  readonly kernel: string | null
  /** Files that are loaded one after another. Empty: config.txt names none. */
  readonly initramfs: readonly string[]
  readonly autoInitramfs: boolean
  readonly cmdline: string
  /** Filters and settings in the file that cannot be evaluated without the real board. */
  readonly unknown: readonly string[]
}

const MODEL = /^(pi\d+\+?|pi0w|pi02|pi\d00|cm\d(\+|s)?)$/
/** Partition numbers that hold config.txt, if the firmware has not chosen another. */
const BOOT_PARTITIONS = ['0', '1']

/** Evaluates the settings for a board at a normal start, which is not a start after `reboot '0 tryboot'`. */
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

/**
 * Conditional filters. Filters of one kind replace each other, filters of several kinds must all apply, and [all] ends
 * them.
 */
class Filters {
  readonly #modelFilters: readonly string[]
  readonly #held = new Map<string, boolean>()

  constructor(board: BootBoard) {
    this.#modelFilters = boardModels[board].modelFilters
  }

  get hold(): boolean {
    return [...this.#held.values()].every(Boolean)
  }

  /** Applies a filter. Returns false if the filter cannot be evaluated. Settings under it then count as not set. */
  apply(filter: string): boolean {
    const [name = '', value = ''] = filter.split('=')
    if (filter === 'all') this.#held.clear()
    else if (filter === 'none') this.#held.set('none', false)
    else if (filter === 'tryboot') this.#held.set('tryboot', false)
    else if (MODEL.test(filter)) this.#held.set('model', this.#modelFilters.includes(filter))
    else if (name === 'boot_partition' || name === 'partition')
      this.#held.set('partition', BOOT_PARTITIONS.includes(value))
    else {
      this.#held.set(name, false)
      return false
    }
    return true
  }
}
