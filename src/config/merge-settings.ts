import type { Taint } from '../model/cluster.ts'
import type { Settings } from './settings.ts'

/**
 * Lays the settings of a nearer layer over those of a farther one: single values of the nearer win, maps merge key by key, lists
 * add up with the farther first, and of equal entries one stays.
 */
export function mergeSettings(farther: Settings, nearer: Settings): Settings {
  const files = new Map([...farther.files, ...nearer.files].map((file) => [file.path, file]))
  return {
    ...farther,
    ...nearer,
    network: { ...farther.network, ...nearer.network },
    packages: union(farther.packages, nearer.packages),
    files: [...files.values()],
    commands: union(farther.commands, nearer.commands),
    labels: { ...farther.labels, ...nearer.labels },
    taints: unionOfTaints(farther.taints, nearer.taints),
    cmdline: union(farther.cmdline, nearer.cmdline),
    configTxt: union(farther.configTxt, nearer.configTxt),
  }
}

function union(farther: readonly string[], nearer: readonly string[]): readonly string[] {
  return [...new Set([...farther, ...nearer])]
}

function unionOfTaints(farther: readonly Taint[], nearer: readonly Taint[]): readonly Taint[] {
  return [
    ...new Map([...farther, ...nearer].map((taint) => [`${taint.key}=${taint.value}:${taint.effect}`, taint])).values(),
  ]
}
