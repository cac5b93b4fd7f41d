import { parseChecksumList } from '../../download/checksum-list.ts'
import { fetchText } from '../../download/fetch-text.ts'
import { statusError } from '../../download/status-error.ts'
import type { Transfer } from '../../download/transfer.ts'
import { fileNameOfUrl } from '../../download/url-file-name.ts'
import { withReply } from '../../download/with-reply.ts'
import { withRetries } from '../../download/with-retries.ts'
import { BuildError } from '../../errors.ts'
import { displayUrl } from '../../text/display-url.ts'
import type { CatalogEntry } from './catalog.ts'

/** An image that a publisher offers, with the SHA-256 of the publisher's list. */
export interface Release {
  readonly url: string
  readonly sha256: string
}

/** Where a publisher offers images. */
export type PublishedEntry = Exclude<CatalogEntry, { kind: 'debian' }>

/** Asks the publisher for the newest image of a catalog id. Throws `BASE_RELEASE_NOT_FOUND`, or `DOWNLOAD_` errors. */
export async function findRelease(id: string, entry: PublishedEntry, transfer: Transfer): Promise<Release> {
  switch (entry.kind) {
    case 'redirect':
      return followRedirect(id, entry, transfer)
    case 'checksum-list':
      return newestOfList(id, entry, transfer)
  }
}

async function followRedirect(
  id: string,
  entry: CatalogEntry & { kind: 'redirect' },
  transfer: Transfer,
): Promise<Release> {
  const found: string[] = []
  for (const latestUrl of entry.latestUrls) {
    const url = await redirectTarget(latestUrl, transfer)
    const fileName = fileNameOfUrl(url)
    if (entry.fileName.test(fileName)) return { url, sha256: await checksumBeside(url, fileName, transfer) }
    found.push(fileName)
  }
  const reason = `the newest files there are ${found.join(' and ')}`
  throw new BuildError('BASE_RELEASE_NOT_FOUND', { id, url: displayUrl(entry.latestUrls[0] ?? ''), reason })
}

async function redirectTarget(url: string, transfer: Transfer): Promise<string> {
  return withRetries(
    transfer,
    () => 0,
    () =>
      withReply({ url, method: 'HEAD' }, transfer, (reply) => {
        if (reply.status !== 200) throw statusError(url, reply.status)
        return Promise.resolve(reply.url)
      }),
  )
}

async function checksumBeside(url: string, fileName: string, transfer: Transfer): Promise<string> {
  const listUrl = `${url}.sha256`
  const checksums = parseChecksumList(await fetchText(listUrl, transfer))
  const sha256 = checksums.get(fileName) ?? checksums.get('')
  if (sha256 === undefined)
    throw new BuildError('DOWNLOAD_CHECKSUM_UNLISTED', { url: displayUrl(listUrl), file: fileName })
  return sha256
}

async function newestOfList(
  id: string,
  entry: CatalogEntry & { kind: 'checksum-list' },
  transfer: Transfer,
): Promise<Release> {
  const listUrl = `${entry.folderUrl}/SHA256SUMS`
  const checksums = parseChecksumList(await fetchText(listUrl, transfer))
  const releases = [...checksums].flatMap(([fileName, sha256]) => {
    const match = entry.fileName.exec(fileName)
    // The first release has no point number.
    return match === null ? [] : [{ fileName, sha256, pointRelease: Number(match[1] ?? 0) }]
  })
  const newest = releases.sort((a, b) => b.pointRelease - a.pointRelease)[0]
  if (newest === undefined) {
    throw new BuildError('BASE_RELEASE_NOT_FOUND', {
      id,
      url: displayUrl(listUrl),
      reason: 'the list names no image of this kind',
    })
  }
  return { url: `${entry.folderUrl}/${newest.fileName}`, sha256: newest.sha256 }
}
