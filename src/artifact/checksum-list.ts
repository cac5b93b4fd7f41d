import { readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Artifact } from '../model/artifact.ts'
import { writeFileAtomically } from './write-file-atomically.ts'

const FILE_NAME = 'SHA256SUMS'

/**
 * Writes `SHA256SUMS` as sha256sum(1) reads it. Images of earlier builds that still lie in the folder keep their lines, so
 * that a build of one node does not drop the others.
 */
export async function writeChecksumList(outFolder: string, artifacts: readonly Artifact[]): Promise<string> {
  const path = join(outFolder, FILE_NAME)
  const sums = new Map(await earlierSums(outFolder, path))
  for (const artifact of artifacts) sums.set(basename(artifact.path), artifact.sha256)
  const names = [...sums.keys()].sort()
  await writeFileAtomically(path, names.map((name) => `${sums.get(name) ?? ''}  ${name}\n`).join(''), 0o644)
  return path
}

async function earlierSums(outFolder: string, path: string): Promise<readonly (readonly [string, string])[]> {
  const text = await readFile(path, 'utf8').catch(() => '')
  const sums: (readonly [string, string])[] = []
  for (const line of text.split('\n')) {
    const match = /^([0-9a-f]{64}) [ *]([^/]+)$/.exec(line)
    if (match === null) continue
    const [, sha256 = '', name = ''] = match
    const exists = await stat(join(outFolder, name)).then(
      () => true,
      () => false,
    )
    if (exists) sums.push([name, sha256])
  }
  return sums
}
