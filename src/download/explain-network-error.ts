import { BuildError } from '../errors.ts'
import { displayUrl } from '../text/display-url.ts'

/** System error codes that a retry does not fix, with their explanations. */
const lasting: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its host name is not known',
  ECONNREFUSED: 'the server refuses connections',
  EHOSTUNREACH: 'no route leads to the server',
  ENETUNREACH: 'there is no network',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by an unknown authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is signed by an unknown authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is signed by an unknown authority',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
}

const passing: Readonly<Record<string, string>> = {
  EAI_AGAIN: 'its host name could not be looked up',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ERR_STREAM_PREMATURE_CLOSE: 'the connection was cut',
  ETIMEDOUT: 'the server did not answer in time',
}

/**
 * Turns a failure of node-fetch into an error with our words. Its messages repeat the whole URL, which may hold
 * secrets.
 */
export function explainNetworkError(url: string, error: unknown): BuildError {
  const { code = '', type = '' } = error as { readonly code?: string; readonly type?: string }
  const lastingReason = lasting[code]
  if (lastingReason !== undefined)
    return new BuildError('DOWNLOAD_HOST_UNREACHABLE', { url: displayUrl(url), reason: lastingReason })
  if (type === 'max-redirect')
    return new BuildError('DOWNLOAD_HOST_UNREACHABLE', { url: displayUrl(url), reason: 'it redirects without end' })
  const reason = passing[code] ?? (`${code} ${type}`.trim() || 'the connection was cut')
  return new BuildError('DOWNLOAD_TRANSFER_FAILED', { url: displayUrl(url), reason })
}
