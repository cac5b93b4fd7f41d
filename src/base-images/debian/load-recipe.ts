import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'

/** The parts of the image that are not Debian packages. */
export interface Recipe {
  readonly folder: string
  /** Names of the requested packages, without their dependencies. */
  readonly packages: readonly string[]
  /** SHA-256 of the whole recipe: it changes with each byte. */
  readonly sha256: string
}

/** Reads the recipe that bantam ships: `packages.txt`, the hook, and the files of both partitions. */
export async function loadRecipe(folder: string): Promise<Recipe> {
  const hash = createHash('sha256')
  for (const path of [...(await filesIn(folder))].sort()) {
    const { mode } = await stat(path)
    // Only the executable bit counts. The other bits depend on the umask with which bantam was unpacked.
    hash
      .update(`${relative(folder, path)}\0${(mode & 0o100) === 0 ? '' : 'x'}\0`)
      .update(await readFile(path))
      .update('\0')
  }
  return {
    folder,
    packages: parsePackageList(await readFile(join(folder, 'packages.txt'), 'utf8')),
    sha256: hash.digest('hex'),
  }
}

async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const nested = await Promise.all(
    entries.map(async (entry) =>
      entry.isDirectory() ? filesIn(join(folder, entry.name)) : [join(folder, entry.name)],
    ),
  )
  return nested.flat()
}

/** Parses a list with one package per line. `#` begins a comment. */
export function parsePackageList(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '')
}
