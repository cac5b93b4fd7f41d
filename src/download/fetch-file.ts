import { open } from 'node:fs/promises'
import { BuildError } from '../errors.ts'
import { syncFile } from '../host/atomic-file.ts'
import { writeAll } from '../host/write-all.ts'
import type { Progress } from '../progress.ts'
import { displayUrl } from '../text/display-url.ts'
import { parseContentRange } from './content-range.ts'
import {
  ifRangeValue,
  loadPartialDownload,
  notePartialDownload,
  type PartialDownload,
  removePartialDownload,
  type Validators,
} from './partial-download.ts'
import { statusError } from './status-error.ts'
import type { Transfer } from './transfer.ts'
import { type HttpReply, type HttpRequest, withReply } from './with-reply.ts'
import { withRetries } from './with-retries.ts'

export interface FetchFileOptions {
  /** Where the bytes go. An earlier partial download there is resumed if the server still has the same file. */
  readonly partialPath: string
  /** For progress. */
  readonly subject: string
  /**
   * `known`: the caller compares a checksum afterwards, so resuming is safe even without validators from the server.
   */
  readonly checksum: 'known' | 'unknown'
  /** Returns `not-modified` if the server's file still has these validators. Null: always fetch. */
  readonly unlessMatches: Validators | null
  readonly transfer: Transfer
  readonly progress: Progress
}

/** `resumed`: some of the bytes came over an earlier connection. */
export type FetchedFile =
  | { readonly kind: 'fetched'; readonly validators: Validators; readonly resumed: boolean }
  | { readonly kind: 'not-modified' }

/**
 * Downloads to `partialPath`, over as many connections as necessary. After a failure, the bytes received so far stay,
 * and the next download resumes there. Throws errors with `DOWNLOAD_` codes, the system's error, and the reason of the
 * transfer's signal.
 */
export async function fetchFile(url: string, options: FetchFileOptions): Promise<FetchedFile> {
  const arrived = { furthestByte: 0, resumed: false }
  return withRetries(
    options.transfer,
    () => arrived.furthestByte,
    () => fetchOnce(url, options, arrived),
  )
}

interface Arrived {
  /** Starting again is no progress: if a server always cuts at the same byte, the download fails. */
  furthestByte: number
  resumed: boolean
}

async function fetchOnce(url: string, options: FetchFileOptions, arrived: Arrived): Promise<FetchedFile> {
  const partial = await usablePartial(options)
  const request: HttpRequest = { url, method: 'GET', headers: requestHeaders(partial, options.unlessMatches) }
  return withReply(request, options.transfer, async (reply) => {
    if (reply.status === 304 && partial === null && options.unlessMatches !== null) return { kind: 'not-modified' }
    if (partial !== null && isWhole(reply, partial)) return { kind: 'fetched', validators: partial, resumed: true }
    const place = await placeOfReply(reply, url, partial, options.partialPath)
    const validators = { etag: reply.headers.get('etag'), lastModified: reply.headers.get('last-modified') }
    if (place.byteOffset === 0) {
      await removePartialDownload(options.partialPath)
      await notePartialDownload(options.partialPath, { ...validators, totalBytes: place.totalBytes })
    } else {
      arrived.resumed = true
    }
    await writeBody(reply, url, place, options, arrived)
    return { kind: 'fetched', validators, resumed: arrived.resumed }
  })
}

async function usablePartial(options: FetchFileOptions): Promise<PartialDownload | null> {
  const partial = await loadPartialDownload(options.partialPath)
  if (partial === null) return null
  return options.checksum === 'known' || ifRangeValue(partial) !== null ? partial : null
}

function requestHeaders(partial: PartialDownload | null, unlessMatches: Validators | null): Record<string, string> {
  const headers: Record<string, string> = {}
  if (partial !== null) {
    headers.range = `bytes=${partial.byteLength}-`
    const ifRange = ifRangeValue(partial)
    if (ifRange !== null) headers['if-range'] = ifRange
  } else if (unlessMatches !== null) {
    if (unlessMatches.etag !== null) headers['if-none-match'] = unlessMatches.etag
    else if (unlessMatches.lastModified !== null) headers['if-modified-since'] = unlessMatches.lastModified
  }
  return headers
}

/**
 * Tells whether the file is complete. Status 416 for the bytes after the last one means that an earlier connection
 * received everything.
 */
function isWhole(reply: HttpReply, partial: PartialDownload): boolean {
  const announced = partial.totalBytes ?? partial.byteLength
  const total = parseContentRange(reply.headers.get('content-range'))?.totalBytes
  return reply.status === 416 && total === partial.byteLength && announced === total
}

interface Place {
  readonly byteOffset: number
  readonly totalBytes: number | null
}

/** Finds where the bytes of a reply go. A server that ignores `Range` answers 200 and sends the file from its start. */
async function placeOfReply(
  reply: HttpReply,
  url: string,
  partial: PartialDownload | null,
  partialPath: string,
): Promise<Place> {
  if (reply.status === 200) {
    const contentLength = reply.headers.get('content-length')
    return { byteOffset: 0, totalBytes: contentLength === null ? null : Number(contentLength) }
  }
  if (partial !== null && (reply.status === 206 || reply.status === 416)) {
    const range = parseContentRange(reply.headers.get('content-range'))
    const sameTotal = partial.totalBytes === null || partial.totalBytes === range?.totalBytes
    if (reply.status === 206 && range?.firstByte === partial.byteLength && sameTotal) {
      return { byteOffset: partial.byteLength, totalBytes: range.totalBytes }
    }
    await removePartialDownload(partialPath)
    throw new BuildError('DOWNLOAD_TRANSFER_FAILED', {
      url: displayUrl(url),
      reason: 'the server did not go on where the download had stopped',
    })
  }
  throw statusError(url, reply.status)
}

async function writeBody(
  reply: HttpReply,
  url: string,
  place: Place,
  options: FetchFileOptions,
  arrived: Arrived,
): Promise<void> {
  const { partialPath, progress, subject } = options
  let completedBytes = place.byteOffset
  const file = await open(partialPath, place.byteOffset === 0 ? 'w' : 'r+')
  try {
    for await (const chunk of reply.body) {
      await writeAll(file, chunk, completedBytes)
      completedBytes += chunk.byteLength
      arrived.furthestByte = Math.max(arrived.furthestByte, completedBytes)
      progress({ step: 'download', subject, completedBytes, totalBytes: place.totalBytes })
    }
  } finally {
    await file.close()
  }
  // A later build resumes here, so the bytes must be on the disk.
  await syncFile(partialPath)
  if (place.totalBytes === null || place.totalBytes === completedBytes) return
  if (completedBytes > place.totalBytes) await removePartialDownload(partialPath)
  const reason = `${completedBytes} of ${place.totalBytes} bytes arrived`
  throw new BuildError('DOWNLOAD_TRANSFER_FAILED', { url: displayUrl(url), reason })
}
