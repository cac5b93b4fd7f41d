import { BuildError } from '../../errors.ts'
import { type AptFolder, runApt } from './apt-folder.ts'

/** One package of the system, as apt chose it. */
export interface DebianPackage {
  readonly name: string
  readonly version: string
  /** Length of the .deb file. */
  readonly byteLength: number
  /** Size of the package after unpacking. */
  readonly installedByteLength: number
  /** SHA-256 of the .deb file, from the signed lists. */
  readonly sha256: string
}

/**
 * Asks apt for the wanted packages and all their dependencies, sorted by name. `mirror` names the archive in errors.
 * Throws `DEBIAN_MIRROR_FAILED`.
 */
export async function resolvePackages(
  folder: AptFolder,
  wanted: readonly string[],
  mirror: string,
  signal: AbortSignal,
): Promise<readonly DebianPackage[]> {
  let chosen: readonly Chosen[] = []
  const lines: string[] = []
  const result = await runApt(folder, 'apt-get', ['install', '--simulate', '-q', ...wanted], {
    signal,
    onLine: (line) => lines.push(line),
  })
  if (result.status === 0) chosen = parseSimulation(lines)
  if (chosen.length === 0) throw new BuildError('DEBIAN_MIRROR_FAILED', { mirror, reason: aptReason(result.output) })
  const records: string[] = []
  await runApt(folder, 'apt-cache', ['show', ...chosen.map(({ name, version }) => `${name}=${version}`)], {
    signal,
    onLine: (line) => records.push(line),
  })
  const known = parseRecords(records)
  return chosen
    .map((one) => {
      const found = known.get(`${one.name} ${one.version}`)
      if (found === undefined)
        throw new BuildError('DEBIAN_MIRROR_FAILED', {
          mirror,
          reason: `its lists say nothing of ${one.name} ${one.version}`,
        })
      return found
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

interface Chosen {
  readonly name: string
  readonly version: string
}

/** Reads the `Inst` lines of `apt-get install --simulate`, such as `Inst bash (5.2.37-2+b9 Debian:13.2/stable [arm64])`. */
export function parseSimulation(lines: readonly string[]): readonly Chosen[] {
  return lines.flatMap((line) => {
    const match = /^Inst (\S+?)(?::\S+)? (?:\[\S+\] )?\((\S+) /.exec(line)
    return match === null ? [] : [{ name: match[1] ?? '', version: match[2] ?? '' }]
  })
}

/** Reads the records of `apt-cache show` (deb822), by name and version. */
export function parseRecords(lines: readonly string[]): ReadonlyMap<string, DebianPackage> {
  const records = lines
    .join('\n')
    .split(/\n{2,}/)
    .map(
      (record) =>
        new Map(
          record.split('\n').map((line) => {
            const [name = '', value = ''] = line.split(/: (.*)/)
            return [name, value] as const
          }),
        ),
    )
  return new Map(
    records.flatMap((fields) => {
      const name = fields.get('Package') ?? ''
      const version = fields.get('Version') ?? ''
      return [
        [
          `${name} ${version}`,
          {
            name,
            version,
            byteLength: Number(fields.get('Size') ?? 0),
            // Kibibytes: Debian Policy, section 5.6.20.
            installedByteLength: Number(fields.get('Installed-Size') ?? 0) * 1024,
            sha256: fields.get('SHA256') ?? '',
          },
        ] as const,
      ]
    }),
  )
}

/**
 * Returns apt's reason in one line: its first error, else its first warning, else its last line. Users and passwords in
 * URLs are removed.
 */
export function aptReason(output: readonly string[]): string {
  const said = ['E: ', 'Err:', 'W: '].flatMap((mark) => output.filter((line) => line.startsWith(mark)))
  return (said[0] ?? output.at(-1) ?? 'apt said nothing')
    .replace(/^(?:E: |W: |Err:\d+ )/, '')
    .replace(/:\/\/[^/@\s]*@/g, '://')
    .replace(/[.\s]+$/, '')
}
