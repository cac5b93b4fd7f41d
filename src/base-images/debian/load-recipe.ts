import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'

/** What the image is made of beside Debian's packages. */
export interface Recipe {
  readonly folder: string
  /** Packages that are asked for. */
  readonly packages: readonly string[]
  /** Changes with each byte of the recipe. */
  readonly sha256: string
}

/** Reads the recipe that travels with bantam: `packages.txt`, the hook, and the files of both partitions. */
export async function loadRecipe(folder: string): Promise<Recipe> {
  const hash = createHash('sha256')
  for (const path of [...(await filesIn(folder))].sort()) {
    const { mode } = await stat(path)
    // Only whether it can be run counts: the rest is a matter of the umask with which bantam was unpacked.
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

/** One package a line; what follows `#` is for people. */
export function parsePackageList(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '')
}
