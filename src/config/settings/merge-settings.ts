import type { Taint } from '../../model/cluster.ts'
import type { Settings } from './settings.ts'

/** The filter of config.txt that ends all other filters. */
export const ALL_BOARDS = '[all]'

/**
 * Merges the settings of a nearer layer over those of a farther one. For single values, the nearer layer wins. Maps merge key by key.
 * Lists are joined, the farther first. Equal entries are kept once, except commands, which may run twice, and lines of config.txt, whose
 * meaning depends on the section around them.
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

/** Joins two lists. Of entries with the same key, the nearer one is kept, at the position of the farther one. */
export function unite<T>(farther: readonly T[], nearer: readonly T[], keyOf: (entry: T) => string): readonly T[] {
  return [...new Map([...farther, ...nearer].map((entry) => [keyOf(entry), entry])).values()]
}

/**
 * Joins lines of config.txt so that no layer's lines are in a section (`[pi4]`) that a farther layer opened; `all` is the line that ends one.
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

/** The key by which equal taints are recognized. */
export function taintKey({ key, value, effect }: Taint): string {
  return `${key}=${value}:${effect}`
}

function itself(text: string): string {
  return text
}
