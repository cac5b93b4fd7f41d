import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomically } from '../../host/write-file-atomically.ts'

/**
 * Makes git ignore files of a folder that match a pattern (https://git-scm.com/docs/gitignore), so that nobody commits a secret by
 * accident. An existing `.gitignore` keeps its lines. If it has the pattern already, it is not changed.
 */
export async function hideFromGit(folder: string, pattern: string): Promise<void> {
  const path = join(folder, '.gitignore')
  const text = await readFile(path, 'utf8').catch(() => '')
  if (text.split(/\r?\n/).some((line) => line.trim() === pattern)) return
  const before = text === '' || text.endsWith('\n') ? text : `${text}\n`
  await writeFileAtomically(path, `${before}${pattern}\n`, 0o644)
}
