import type { Taint } from '../../model/cluster.ts'
import type { Settings } from './settings.ts'

/** The filter of config.txt that ends every other one. */
const ALL_BOARDS = '[all]'

/**
 * Lays the settings of a nearer layer over those of a farther one: single values of the nearer win, maps merge key by key, lists
 * add up with the farther first. Of equal entries one stays, except where the second has a meaning: a command can be run again, and
 * a line of config.txt means what the section around it says.
 */
export function mergeSettings(farther: Settings, nearer: Settings): Settings {
  const files = new Map([...farther.files, ...nearer.files].map((file) => [file.path, file]))
  return {
    ...farther,
    ...nearer,
    network: { ...farther.network, ...nearer.network },
    packages: union(farther.packages, nearer.packages),
    files: [...files.values()],
    commands: [...farther.commands, ...nearer.commands],
    labels: { ...farther.labels, ...nearer.labels },
    taints: unionOfTaints(farther.taints, nearer.taints),
    cmdline: union(farther.cmdline, nearer.cmdline),
    configTxt: joinConfigTxt(farther.configTxt, nearer.configTxt),
  }
}

/**
 * Lets no layer's lines fall into a section (`[pi4]`) that a farther layer opened:
 * https://www.raspberrypi.com/documentation/computers/config_txt.html#conditional-filters
 */
function joinConfigTxt(farther: readonly string[], nearer: readonly string[]): readonly string[] {
  const openSection = farther.findLast((line) => line.trimStart().startsWith('['))?.trim() ?? ALL_BOARDS
  return [...farther, ...(nearer.length > 0 && openSection !== ALL_BOARDS ? [ALL_BOARDS] : []), ...nearer]
}

function union(farther: readonly string[], nearer: readonly string[]): readonly string[] {
  return [...new Set([...farther, ...nearer])]
}

function unionOfTaints(farther: readonly Taint[], nearer: readonly Taint[]): readonly Taint[] {
  return [
    ...new Map([...farther, ...nearer].map((taint) => [`${taint.key}=${taint.value}:${taint.effect}`, taint])).values(),
  ]
}
