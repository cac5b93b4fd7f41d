import { type BuildError, type ErrorCode, hasCode } from '../../errors.ts'

/**
 * Codes for an image that is unavailable: bantam tries the next reference. All other errors end the build, such as a
 * wrong checksum, a full disk or a misspelt id.
 */
const unavailableCodes: readonly ErrorCode[] = [
  'BASE_ID_UNAVAILABLE',
  'BASE_FILE_MISSING',
  'DOWNLOAD_HOST_UNREACHABLE',
  'DOWNLOAD_TRANSFER_FAILED',
  'DOWNLOAD_NOT_FOUND',
  'DOWNLOAD_REFUSED',
  'DOWNLOAD_REDIRECT_INSECURE',
  'DOWNLOAD_REPLY_INVALID',
  'BASE_RELEASE_NOT_FOUND',
  'DOWNLOAD_CHECKSUM_UNLISTED',
  'DEBIAN_TOOLS_MISSING',
  'DEBIAN_MIRROR_UNKNOWN',
  'DEBIAN_MIRROR_FAILED',
  'DEBIAN_EMULATION_MISSING',
  'DEBIAN_PRIVILEGE_MISSING',
]

/** Tells whether an error only means that one reference is unavailable. */
export function isUnavailable(error: unknown): error is BuildError {
  return unavailableCodes.some((code) => hasCode(error, code))
}
