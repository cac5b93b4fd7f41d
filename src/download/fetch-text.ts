import { BuildError } from '../errors.ts'
import { displayUrl } from '../text/display-url.ts'
import { MIB } from '../units.ts'
import { statusError } from './status-error.ts'
import type { Transfer } from './transfer.ts'
import { withReply } from './with-reply.ts'
import { withRetries } from './with-retries.ts'

/**
 * Fetches a small text, such as a list of checksums. Throws `DOWNLOAD_TRANSFER_FAILED` above 1 MiB, and what
 * `withReply` throws.
 */
export async function fetchText(url: string, transfer: Transfer): Promise<string> {
  return withRetries(
    transfer,
    () => 0,
    () =>
      withReply({ url, method: 'GET' }, transfer, async (reply) => {
        if (reply.status !== 200) throw statusError(url, reply.status)
        const chunks: Uint8Array[] = []
        let byteLength = 0
        for await (const chunk of reply.body) {
          chunks.push(chunk)
          byteLength += chunk.byteLength
          // A release's list takes a few KiB. A larger text is no list and must not fill the memory.
          if (byteLength > MIB)
            throw new BuildError('DOWNLOAD_TRANSFER_FAILED', { url: displayUrl(url), reason: 'the list is too long' })
        }
        return Buffer.concat(chunks).toString('utf8')
      }),
  )
}
