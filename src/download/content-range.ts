/** The `Content-Range` header of statuses 206 and 416. RFC 9110 section 14.4. */
export interface ContentRange {
  /** Null with status 416. */
  readonly firstByte: number | null
  /** Null if the server does not know the total length. */
  readonly totalBytes: number | null
}

const pattern = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+|\*)$/

/** Parses `bytes first-last/total`. Returns null if the header is missing or has another form. */
export function parseContentRange(header: string | null): ContentRange | null {
  const match = pattern.exec(header ?? '')
  if (match === null) return null
  const [, first, , total] = match
  return {
    firstByte: first === undefined ? null : Number(first),
    totalBytes: total === undefined || total === '*' ? null : Number(total),
  }
}
