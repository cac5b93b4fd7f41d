import { BuildError } from '../errors.ts'
import { displayUrl } from '../text/display-url.ts'

/** Statuses that name another address. RFC 9110, section 15.4; 304 and 300 name none that a client follows by itself. */
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308]

/** What a reply says about the address: its own, its status, and its `Location`. */
export interface Hop {
  readonly url: string
  readonly status: number
  readonly location: string | null
}

/**
 * Finds the address that a reply redirects to; null if it does not redirect. Every hop of a way that began with https must be https: an attacker on
 * the network could answer a single plain one, and so replace both the file and its checksum. Throws `DOWNLOAD_REDIRECT_INSECURE`, and
 * `DOWNLOAD_REPLY_INVALID` for an address that is none of a web server.
 */
export function nextHop(requestedUrl: string, { url, status, location }: Hop): string | null {
  if (!REDIRECTS.includes(status)) return null
  const invalid = (reason: string): BuildError =>
    new BuildError('DOWNLOAD_REPLY_INVALID', { url: displayUrl(url), reason })
  if (location === null) throw invalid('it redirects without an address')
  if (!URL.canParse(location, url)) throw invalid('it redirects to an address that is not valid')
  const target = new URL(location, url)
  if (target.protocol !== 'http:' && target.protocol !== 'https:')
    throw invalid(`it redirects to ${target.protocol}…, which is no address of a web server`)
  if (new URL(requestedUrl).protocol === 'https:' && target.protocol !== 'https:') {
    throw new BuildError('DOWNLOAD_REDIRECT_INSECURE', { url: displayUrl(url), target: displayUrl(target.href) })
  }
  return target.href
}
