import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { OWNER_ONLY, OWNER_ONLY_FOLDER } from '../../host/owner-only.ts'
import { runProgram, type ProgramOptions, type ProgramResult } from '../../host/run-program.ts'

/** A folder in which apt keeps lists and packages of a system other than this machine's. */
export interface AptFolder {
  readonly path: string
  readonly lists: string
  readonly archives: string
  readonly configuration: string
}

/** This machine's apt settings that affect fetching: proxies, retries, time-outs, checks of dates. */
const fetching =
  /^Acquire::(?:http|https|ftp|socks|Retries|ForceIPv4|ForceIPv6|Check-Valid-Until|Check-Date|Max-ValidTime|Min-ValidTime|Send-URI-Encoded)\b/

/**
 * Prepares a folder for apt. It uses this machine's apt settings for fetching, but not its sources, pins, hooks or
 * lists. `configuration` is the output of `apt-config dump`. It may hold a proxy's password, so only this user may read
 * the folder.
 */
export async function openAptFolder(
  path: string,
  sources: readonly string[],
  configuration: string,
): Promise<AptFolder> {
  const folder: AptFolder = {
    path,
    lists: join(path, 'lists'),
    archives: join(path, 'archives'),
    configuration: join(path, 'apt.conf'),
  }
  await mkdir(path, { recursive: true, mode: OWNER_ONLY_FOLDER })
  for (const each of [folder.lists, folder.archives]) await mkdir(join(each, 'partial'), { recursive: true })
  await writeFile(join(path, 'status'), '')
  await writeFile(join(path, 'sources.list'), `${sources.join('\n')}\n`, { mode: OWNER_ONLY })
  await writeFile(folder.configuration, formatConfiguration(path, configuration), { mode: OWNER_ONLY })
  return folder
}

/** Formats apt.conf(5) for a folder. It keeps the lines of `apt-config dump` that affect fetching. */
export function formatConfiguration(path: string, dump: string): string {
  const own = {
    'APT::Architecture': 'arm64',
    'APT::Architectures::': 'arm64',
    'APT::Install-Recommends': 'false',
    // The files belong to the current user, so apt must not switch to its sandbox user.
    'APT::Sandbox::User': 'root',
    'APT::Update::Error-Mode': 'any',
    'APT::Keep-Downloaded-Packages': 'true',
    'Acquire::Languages': 'none',
    'Dir::Etc::main': '/dev/null',
    'Dir::Etc::parts': '/dev/null',
    'Dir::Etc::sourcelist': join(path, 'sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::Etc::preferences': '/dev/null',
    'Dir::Etc::preferencesparts': '/dev/null',
    'Dir::State': path,
    'Dir::State::status': join(path, 'status'),
    'Dir::Cache': path,
    'Dir::Log': path,
  }
  const lines = Object.entries(own).map(([name, value]) => `${name} "${value}";`)
  return `${[...dump.split('\n').filter((line) => fetching.test(line)), ...lines].join('\n')}\n`
}

/** Runs one of apt's programs on a folder. */
export function runApt(
  { configuration }: AptFolder,
  program: 'apt-get' | 'apt-cache',
  args: readonly string[],
  options: ProgramOptions,
): Promise<ProgramResult> {
  return runProgram(program, args, { ...options, env: { APT_CONFIG: configuration, ...options.env } })
}
