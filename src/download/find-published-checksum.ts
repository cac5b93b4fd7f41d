import { hasCode } from '../errors.ts'
import { parseChecksumList } from './checksum-list.ts'
import { fetchText } from './fetch-text.ts'
import type { Transfer } from './transfer.ts'
import { fileNameOfUrl } from './url-file-name.ts'

/**
 * Looks next to a file for `<file>.sha256`, then for `SHA256SUMS`. Returns null if neither lists the file. A list that
 * exists but cannot be fetched is an error: a cut connection must not turn a verified download into an unverified one.
 */
export async function findPublishedChecksum(url: string, transfer: Transfer): Promise<string | null> {
  const fileName = fileNameOfUrl(url)
  const beside = new URL(url)
  beside.pathname += '.sha256'
  const ownList = await fetchList(beside.href, transfer)
  const own = ownList.get(fileName) ?? ownList.get('')
  if (own !== undefined) return own
  const folder = new URL(url)
  folder.pathname = folder.pathname.replace(/[^/]*$/, 'SHA256SUMS')
  return (await fetchList(folder.href, transfer)).get(fileName) ?? null
}

async function fetchList(url: string, transfer: Transfer): Promise<ReadonlyMap<string, string>> {
  try {
    return parseChecksumList(await fetchText(url, transfer))
  } catch (error) {
    if (hasCode(error, 'DOWNLOAD_NOT_FOUND') || hasCode(error, 'DOWNLOAD_REFUSED')) return new Map()
    throw error
  }
}
