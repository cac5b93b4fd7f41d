import { BuildError } from '../errors.ts'
import { displayUrl } from '../text/display-url.ts'

/** Refuses to go from https to http: whoever sits on the line could swap the file and its checksum alike. */
export function requireSecureRedirect(requestedUrl: string, finalUrl: string): void {
  if (new URL(requestedUrl).protocol === 'https:' && new URL(finalUrl).protocol !== 'https:') {
    throw new BuildError('DOWNLOAD_REDIRECT_INSECURE', { url: displayUrl(requestedUrl), target: displayUrl(finalUrl) })
  }
}
