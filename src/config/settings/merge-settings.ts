import type { Taint } from '../../model/cluster.ts'
import type { Settings } from './settings.ts'

/** The filter of config.txt that ends every other one. */
export const ALL_BOARDS = '[all]'

/**
 * Lays the settings of a nearer layer over those of a farther one: single values of the nearer win, maps merge key by key, lists
 * add up with the farther first. Of equal entries one stays, except where the second has a meaning: a command can be run again, and
 * a line of config.txt means what the section around it says.
 */
export function mergeSettings(farther: Settings, nearer: Settings): Settings {
  return {
    ...farther,
    ...nearer,
    network: { ...farther.network, ...nearer.network },
    packages: unite(farther.packages, nearer.packages, itself),
    files: unite(farther.files, nearer.files, ({ path }) => path),
    commands: [...farther.commands, ...nearer.commands],
    labels: { ...farther.labels, ...nearer.labels },
    taints: unite(farther.taints, nearer.taints, taintKey),
    cmdline: unite(farther.cmdline, nearer.cmdline, itself),
    configTxt: appendFromAll(farther.configTxt, nearer.configTxt, itself, ALL_BOARDS),
  }
}

/** Adds up two lists; of entries with the same key the nearer stays, where the farther stood. */
export function unite<T>(farther: readonly T[], nearer: readonly T[], keyOf: (entry: T) => string): readonly T[] {
  return [...new Map([...farther, ...nearer].map((entry) => [keyOf(entry), entry])).values()]
}

/**
 * Lets no layer's lines of config.txt fall into a section (`[pi4]`) that a farther layer opened; `all` is the line that ends one.
 * https://www.raspberrypi.com/documentation/computers/config_txt.html#conditional-filters
 */
export function appendFromAll<T>(
  farther: readonly T[],
  nearer: readonly T[],
  textOf: (line: T) => string,
  all: T,
): readonly T[] {
  const opening = farther.findLast((line) => textOf(line).trimStart().startsWith('['))
  const openSection = opening === undefined ? ALL_BOARDS : textOf(opening).trim()
  return [...farther, ...(nearer.length > 0 && openSection !== ALL_BOARDS ? [all] : []), ...nearer]
}

/** What makes two taints one. */
export function taintKey({ key, value, effect }: Taint): string {
  return `${key}=${value}:${effect}`
}

function itself(text: string): string {
  return text
}
