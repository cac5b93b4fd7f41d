import { BuildError } from '../errors.ts'
import { displayUrl } from '../text/display-url.ts'

/** Refuses a redirect from https to http: an attacker on the network could replace both the file and its checksum. */
export function requireSecureRedirect(requestedUrl: string, finalUrl: string): void {
  if (new URL(requestedUrl).protocol === 'https:' && new URL(finalUrl).protocol !== 'https:') {
    throw new BuildError('DOWNLOAD_REDIRECT_INSECURE', { url: displayUrl(requestedUrl), target: displayUrl(finalUrl) })
  }
}
