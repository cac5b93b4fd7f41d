import { type BuildError, type ErrorCode, hasCode } from '../../errors.ts'

/** What is not there, or not now: the next reference may do. Everything else ends the build, as a wrong checksum, a full disk or a
 * misspelt id. */
const unavailableCodes: readonly ErrorCode[] = [
  'OS_ID_UNAVAILABLE',
  'OS_FILE_MISSING',
  'OS_HOST_UNREACHABLE',
  'OS_TRANSFER_FAILED',
  'OS_URL_NOT_FOUND',
  'OS_URL_REFUSED',
  'OS_REDIRECT_INSECURE',
  'OS_RELEASE_NOT_FOUND',
  'OS_CHECKSUM_UNLISTED',
  'OS_DEBIAN_TOOLS_MISSING',
  'OS_DEBIAN_MIRROR_UNKNOWN',
  'OS_DEBIAN_MIRROR_FAILED',
  'OS_DEBIAN_EMULATION_MISSING',
  'OS_DEBIAN_PRIVILEGE_MISSING',
]

/** Says whether a failure means that one reference cannot be had, rather than that something is wrong. */
export function isUnavailable(error: unknown): error is BuildError {
  return unavailableCodes.some((code) => hasCode(error, code))
}
