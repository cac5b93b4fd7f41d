/** Text that names files and their SHA-256, as `sha256sum` of GNU coreutils prints it. */

/** A bare hash, or hash, space, `*` for binary or another space, file name; `./` before the name is dropped. */
const line = /^([0-9a-fA-F]{64})(?: [ *](?:\.\/)?(.+))?$/

/**
 * Parses a list into SHA-256 by file name. A line that holds only a hash gets the empty name: some publishers write
 * `<file>.sha256` that way. Other lines are ignored, so a web page instead of a list gives no entries.
 */
export function parseChecksumList(text: string): ReadonlyMap<string, string> {
  const checksums = new Map<string, string>()
  for (const raw of text.split('\n')) {
    const [, sha256, name = ''] = line.exec(raw.trimEnd()) ?? []
    if (sha256 !== undefined) checksums.set(name, sha256.toLowerCase())
  }
  return checksums
}
