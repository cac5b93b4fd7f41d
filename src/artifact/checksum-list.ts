import { readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { ReplaceOptions } from '../host/atomic-file.ts'
import { nullIfMissing } from '../host/null-if-missing.ts'
import { outputError } from '../host/output-error.ts'
import { writeFileAtomically } from '../host/write-file-atomically.ts'
import type { Artifact } from '../model/artifact.ts'

const FILE_NAME = 'SHA256SUMS'

/**
 * Keeps `SHA256SUMS`, in the format of sha256sum(1), correct while images are written. An image loses its line just
 * before it is replaced, and gets a new one once it is complete. Images of earlier builds that are still in the folder
 * keep their lines: a build of one node does not drop the others.
 */
export class ChecksumList {
  readonly path: string
  readonly #outFolder: string
  readonly #replaceOptions: ReplaceOptions
  #lastChange: Promise<void> = Promise.resolve()

  /** `requireHeld` throws if another build has taken the folder over. `flush`: see `replaceFile`. */
  constructor(
    outFolder: string,
    { requireHeld, flush }: { readonly requireHeld: () => Promise<void>; readonly flush: boolean },
  ) {
    this.#outFolder = outFolder
    this.#replaceOptions = { beforeRename: requireHeld, flush }
    this.path = join(outFolder, FILE_NAME)
  }

  /**
   * Drops the lines of files, by name, just before these files are replaced. Throws what `writeFileAtomically` throws.
   */
  async drop(names: readonly string[]): Promise<void> {
    await this.#change((sums) => names.filter((name) => sums.delete(name)).length > 0)
  }

  async add({ path, sha256 }: Artifact): Promise<void> {
    await this.#change((sums) => sums.set(basename(path), sha256).size > 0)
  }

  /** Makes one change at a time. Each change reads the list, edits it, and writes all of it. */
  #change(edit: (sums: Map<string, string>) => boolean): Promise<void> {
    const change = this.#lastChange.then(async () => {
      const sums = new Map(await readSums(this.#outFolder, this.path))
      if (!edit(sums)) return
      const lines = [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, sha256]) => `${sha256}  ${name}\n`)
      await writeFileAtomically(this.path, lines.join(''), 0o644, this.#replaceOptions)
    })
    this.#lastChange = change.catch(() => undefined)
    return change
  }
}

/** Throws `OUTPUT_NOT_WRITABLE` if there is a list that cannot be read: written again, it would lose its lines. */
async function readSums(outFolder: string, path: string): Promise<readonly (readonly [string, string])[]> {
  try {
    return await earlierSums(outFolder, path)
  } catch (error) {
    throw outputError(error, path)
  }
}

async function earlierSums(outFolder: string, path: string): Promise<readonly (readonly [string, string])[]> {
  const text = (await nullIfMissing(readFile(path, 'utf8'))) ?? ''
  const sums: (readonly [string, string])[] = []
  for (const line of text.split('\n')) {
    const match = /^([0-9a-f]{64}) [ *]([^/]+)$/.exec(line)
    if (match === null) continue
    const [, sha256 = '', name = ''] = match
    if ((await nullIfMissing(stat(join(outFolder, name)))) !== null) sums.push([name, sha256])
  }
  return sums
}
