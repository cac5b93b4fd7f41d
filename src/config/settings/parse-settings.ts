import type { Problem } from '../../errors/problem.ts'
import type { Checked } from '../../yaml-source/describe-problem.ts'
import { at, type Located, located, type Place } from '../../yaml-source/place.ts'
import type { UserValues } from '../references/user-values.ts'
import type { RawSettings } from '../schema/raw-cluster.ts'
import { checkConfigTxtLine, checkCmdlineToken } from './check-boot-settings.ts'
import { checkLabel } from './check-label.ts'
import { checkTimezone } from './check-timezone.ts'
import { loadExtraFiles } from './load-extra-files.ts'
import { parseNetwork } from './parse-network.ts'
import { parseTaint } from './parse-taint.ts'
import { resolveUserPath } from './resolve-user-path.ts'
import { noSettings, type Settings } from './settings.ts'
import type { SourceFiles } from './source-files.ts'

/** What reads the files and values that settings name. */
export interface SettingReaders {
  readonly files: SourceFiles
  readonly values: UserValues
}

const settingKeys = [
  'os',
  'timezone',
  'network',
  'packages',
  'files',
  'commands',
  'labels',
  'taints',
  'cmdline',
  'configTxt',
] as const

/** Reads the settings of a cluster, profile or node, with the files that it names. */
export async function parseSettings(
  layer: Located<RawSettings>,
  { files: sources, values }: SettingReaders,
): Promise<Checked<Settings>> {
  const raw = layer.value
  // Most nodes of a large cluster have no settings.
  if (!settingKeys.some((key) => raw[key] !== undefined)) return { value: noSettings, problems: [] }
  const network = await parseNetwork(located(raw.network ?? {}, layer, 'network'), values)
  const files = await loadExtraFiles(located(raw.files ?? [], layer, 'files'), sources)
  const taints = (raw.taints ?? []).map((text, index) => parseTaint(text, at(layer, 'taints', index)))
  const settings: Settings = {
    ...(raw.os === undefined
      ? {}
      : { os: items(raw.os).map((reference) => resolveOs(reference, layer, sources.homeFolder)) }),
    ...(raw.timezone === undefined ? {} : { timezone: raw.timezone }),
    network: network.value,
    packages: items(raw.packages),
    files: files.value,
    commands: items(raw.commands),
    labels: raw.labels ?? {},
    taints: taints.flatMap(({ value }) => value ?? []),
    cmdline: items(raw.cmdline),
    configTxt: items(raw.configTxt),
  }
  const problems: readonly Problem[] = [
    ...(raw.timezone === undefined ? [] : checkTimezone(raw.timezone, at(layer, 'timezone'))),
    ...network.problems,
    ...files.problems,
    ...Object.entries(raw.labels ?? {}).flatMap(([key, value]) => checkLabel(key, value, layer)),
    ...taints.flatMap((taint) => taint.problems),
    ...checkEach(raw.cmdline, at(layer, 'cmdline'), checkCmdlineToken),
    ...checkEach(raw.configTxt, at(layer, 'configTxt'), checkConfigTxtLine),
  ]
  return { value: settings, problems }
}

/** Returns the items of a list without the holes that wrong items left. A single value becomes a list of one. */
function items(list: string | readonly string[] | undefined): readonly string[] {
  return [list ?? []].flat()
}

/** Makes a path absolute. Catalog ids and URLs stay as they are. */
function resolveOs(reference: string, layer: Place, homeFolder: string): string {
  const isUrl = /^[a-z][a-z0-9+.-]+:\/\//i.test(reference)
  const isPath =
    /[/\\]/.test(reference) || /^[.~]/.test(reference) || /\.(img|xz|zst|gz|bz2|zip|iso|raw)$/i.test(reference)
  return isPath && !isUrl ? resolveUserPath(reference, layer.source.folder, homeFolder) : reference
}

function checkEach(
  list: readonly string[] | undefined,
  place: Place,
  check: (value: string, place: Place) => readonly Problem[],
): readonly Problem[] {
  return (list ?? []).flatMap((value, index) => check(value, at(place, index)))
}
