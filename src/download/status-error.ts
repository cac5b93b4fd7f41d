import { BuildError } from '../errors.ts'
import { displayUrl } from '../text/display-url.ts'

/**
 * Statuses that a retry may fix, like all 5xx: Request Timeout and Too Many Requests. RFC 9110, section 15; RFC 6585,
 * section 4.
 */
const passing: readonly number[] = [408, 429]

/** Makes the error for an HTTP status that gives no content for the request. */
export function statusError(url: string, status: number): BuildError {
  if (status >= 500 || passing.includes(status)) {
    return new BuildError('DOWNLOAD_TRANSFER_FAILED', {
      url: displayUrl(url),
      reason: `the server answered with status ${status}`,
    })
  }
  // Such as 204, or 304 to a request without a condition.
  if (status < 400) {
    return new BuildError('DOWNLOAD_REPLY_INVALID', {
      url: displayUrl(url),
      reason: `it answered with status ${status}, which does not fit the request`,
    })
  }
  const code = status === 404 || status === 410 ? 'DOWNLOAD_NOT_FOUND' : 'DOWNLOAD_REFUSED'
  return new BuildError(code, { url: displayUrl(url), status })
}
