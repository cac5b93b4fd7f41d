import { lstat, readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Problem } from '../../errors/problem.ts'
import { appendToFile } from '../../host/atomic-file.ts'
import { nullIfMissing } from '../../host/null-if-missing.ts'
import { findRealFile } from '../../host/private-file.ts'
import { systemReason } from '../../host/system-reason.ts'
import { warning } from '../../yaml-source/describe-problem.ts'
import { findRule, isIgnored, readGitView } from './ignored-by-git.ts'

/** The line that hides a secrets file, its lock, and its unfinished copies. */
const SECRETS = '*.secrets.yaml*'
/** The line for an encrypted secrets file, which may be committed. */
const HELPERS = '*.secrets.yaml.*'

/**
 * Makes git ignore a secrets file that is not encrypted, so that nobody commits it by accident. The lock and unfinished
 * copies are ignored in any case. Files that git ignores already are left alone. Warns with `SECRETS_NOT_HIDDEN` where
 * git may show a file.
 */
export async function hideSecretsFromGit(
  secretsFile: string,
  { isEncrypted }: { readonly isEncrypted: boolean },
): Promise<readonly Problem[]> {
  const realFile = await findRealFile(secretsFile)
  const warnings = await hideFile(secretsFile, isEncrypted)
  // The lock and unfinished copies are beside the file itself, not beside a link to it.
  if (dirname(realFile) === dirname(secretsFile) || !(await readGitView(dirname(realFile))).isWorkTree) return warnings
  return [...warnings, ...(await hideFile(realFile, isEncrypted))]
}

/** Takes back what `hideSecretsFromGit` wrote, for a secrets file that is encrypted now. Lines of the user stay in force. */
export async function showSecretsToGit(secretsFile: string): Promise<void> {
  const rule = findRule(await readGitView(dirname(secretsFile)), secretsFile)
  if (rule?.line === SECRETS) await append(join(dirname(secretsFile), '.gitignore'), `!/${basename(secretsFile)}`)
}

/** Makes git ignore all of a folder of results, also after the folder is moved into another work tree. */
export async function hideFolderFromGit(folder: string): Promise<void> {
  const { files } = await readGitView(folder)
  const own = { isWorkTree: false, top: folder, files: files.slice(0, 1) }
  if (!isIgnored(own, join(folder, 'any'))) await append(join(folder, '.gitignore'), '*')
}

async function hideFile(secretsFile: string, isEncrypted: boolean): Promise<readonly Problem[]> {
  const folder = dirname(secretsFile)
  const view = await readGitView(folder)
  const helpers = [`${secretsFile}.lock`, `${secretsFile}.00000000-0000-4000-8000-000000000000.partial`]
  const isHidden = isEncrypted || isIgnored(view, secretsFile)
  if (isHidden && helpers.every((path) => isIgnored(view, path))) return []
  const file = join(folder, '.gitignore')
  const line = isHidden ? HELPERS : SECRETS
  const reason = await append(file, line)
  if (reason === null || !view.isWorkTree) return []
  return [warning('SECRETS_NOT_HIDDEN', { file, line, reason, secretsFile }, { file })]
}

/**
 * Adds a line to a .gitignore file, whose bytes stay as they are. Returns the reason if that is not possible; null when
 * it is done.
 */
async function append(file: string, line: string): Promise<string | null> {
  try {
    const stats = await nullIfMissing(lstat(file))
    if (stats !== null && !stats.isFile())
      return stats.isSymbolicLink() ? 'it is a link, which git does not follow' : 'it is no file'
    const lastByte = stats === null ? undefined : (await readFile(file)).at(-1)
    await appendToFile(file, `${lastByte === undefined || lastByte === 0x0a ? '' : '\n'}${line}\n`, 0o644)
    return null
  } catch (error) {
    return systemReason(error)
  }
}
