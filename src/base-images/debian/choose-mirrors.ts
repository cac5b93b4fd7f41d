import { BuildError } from '../../errors.ts'
import type { IndexTarget } from './parse-index-targets.ts'

/** The archives that a Debian 13 system is made from. */
export interface DebianMirrors {
  /** Main archive. */
  readonly main: string
  /** Archive of security updates. Null: none is known. */
  readonly security: string | null
}

/**
 * Names of Debian releases in sources.list. An archive whose lists were never fetched is known by its release name
 * only.
 */
const releases = new Set([
  'stretch',
  'buster',
  'bullseye',
  'bookworm',
  'trixie',
  'forky',
  'sid',
  'oldoldstable',
  'oldstable',
  'stable',
  'testing',
  'unstable',
])

/**
 * Chooses the Debian archives of this machine's apt configuration. The user's mirror, if given, replaces the main
 * archive. Throws `DEBIAN_MIRROR_UNKNOWN`, `DEBIAN_MIRROR_INVALID`.
 */
export function chooseMirrors(targets: readonly IndexTarget[], given: string | null): DebianMirrors {
  const debian = targets.filter(isDebian)
  const security = debian.find(isSecurity)?.archiveUrl ?? null
  if (given !== null) return { main: checkMirror(given), security }
  const main = debian.find((target) => !isSecurity(target) && !target.release.includes('-'))?.archiveUrl
  if (main === undefined) throw new BuildError('DEBIAN_MIRROR_UNKNOWN', undefined)
  return { main, security }
}

function isDebian({ origin, release }: IndexTarget): boolean {
  return origin === '' ? releases.has(release.replace(/[-/].*/, '')) : origin === 'Debian'
}

function isSecurity({ label, release }: IndexTarget): boolean {
  return label === 'Debian-Security' || /-security$|\/updates$/.test(release)
}

function checkMirror(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  // In sources.list, a space would end the URL, and a bracket would begin its options.
  if (url === null || !['http:', 'https:', 'file:'].includes(url.protocol) || /[\s[\]"]/.test(text))
    throw new BuildError('DEBIAN_MIRROR_INVALID', undefined)
  return text.endsWith('/') ? text : `${text}/`
}
