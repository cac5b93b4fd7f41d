import { BuildError } from '../errors.ts'
import { displayUrl } from '../text/display-url.ts'

/** System error codes that a retry does not fix, with their explanations. */
const lasting: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its host name is not known',
  ECONNREFUSED: 'the server refuses connections',
  EHOSTUNREACH: 'no route leads to the server',
  ENETUNREACH: 'there is no network',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet by the clock of this machine',
  CERT_REVOKED: 'its certificate was revoked',
  CERT_SIGNATURE_FAILURE: 'its certificate is signed by an unknown authority',
  CERT_UNTRUSTED: 'its certificate is signed by an unknown authority',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate is signed by an unknown authority',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by an unknown authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is signed by an unknown authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is signed by an unknown authority',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
}

/** What a parser of HTTP says about a reply that no retry makes valid. */
const malformed: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: 'its headers are too large',
  HPE_INVALID_CONTENT_LENGTH: 'its Content-Length is not valid',
  HPE_UNEXPECTED_CONTENT_LENGTH: 'its Content-Length is not valid',
  HPE_INVALID_TRANSFER_ENCODING: 'its Transfer-Encoding is not valid',
}

const passing: Readonly<Record<string, string>> = {
  EAI_AGAIN: 'its host name could not be looked up',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ERR_STREAM_PREMATURE_CLOSE: 'the connection was cut',
  // A reply that ends too early looks malformed.
  HPE_INVALID_EOF_STATE: 'the connection was cut',
  HPE_INVALID_CHUNK_SIZE: 'its chunks were damaged on the way',
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
  const malformedReason = malformed[code]
  if (malformedReason !== undefined || (code.startsWith('HPE_') && passing[code] === undefined))
    return new BuildError('DOWNLOAD_REPLY_INVALID', {
      url: displayUrl(url),
      reason: malformedReason ?? 'it does not answer with HTTP',
    })
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_'))
    return new BuildError('DOWNLOAD_HOST_UNREACHABLE', { url: displayUrl(url), reason: 'it does not answer with TLS' })
  const reason = passing[code] ?? (`${code} ${type}`.trim() || 'the connection was cut')
  return new BuildError('DOWNLOAD_TRANSFER_FAILED', { url: displayUrl(url), reason })
}
