import { lstat, readFile } from 'node:fs/promises'
import { basename, dirname, join, relative, sep } from 'node:path'
import { type IgnoreRule, matchesRule, parseIgnoreFile } from '../../text/git-ignore.ts'

/** The rules of one file, and the folder to which its patterns are relative. */
interface IgnoreFile {
  readonly folder: string
  readonly rules: readonly IgnoreRule[]
}

/** What git knows about a folder. */
export interface GitView {
  /** Whether the folder is in a work tree of git. */
  readonly isWorkTree: boolean
  /** The top of the work tree; the folder itself where there is none. */
  readonly top: string
  /** The files that count, the strongest first. */
  readonly files: readonly IgnoreFile[]
}

/**
 * Reads the .gitignore files that count for a folder: those from the folder up to the top of its work tree, and
 * `.git/info/exclude`. The user's settings for all repositories are left out, because other clones lack them. A file
 * that cannot be read counts as empty, as git sees it.
 */
export async function readGitView(folder: string): Promise<GitView> {
  const files: IgnoreFile[] = []
  for (let top = folder; ; top = dirname(top)) {
    files.push({ folder: top, rules: await readRules(join(top, '.gitignore')) })
    if (await isThere(join(top, '.git'))) {
      files.push({ folder: top, rules: await readRules(join(top, '.git/info/exclude')) })
      return { isWorkTree: true, top, files }
    }
    if (dirname(top) === top) return { isWorkTree: false, top: folder, files: files.slice(0, 1) }
  }
}

/** Returns the rule that decides about a file; null where there is none. A file in an ignored folder is ignored. */
export function findRule({ top, files }: GitView, path: string): IgnoreRule | null {
  const parts = relative(top, path).split(sep)
  for (let count = 1; count < parts.length; count += 1) {
    const rule = lastRule(files, join(top, ...parts.slice(0, count)), 'folder')
    if (rule?.isException === false) return rule
  }
  return lastRule(files, path, 'file')
}

/** Says whether git ignores a file. */
export function isIgnored(view: GitView, path: string): boolean {
  return findRule(view, path)?.isException === false
}

function lastRule(files: readonly IgnoreFile[], path: string, kind: 'file' | 'folder'): IgnoreRule | null {
  for (const { folder, rules } of files) {
    const below = relative(folder, path)
    // A file has no say about the folders above it.
    if (below === '' || below.startsWith('..')) continue
    // Rules are made of bytes.
    const bytes = Buffer.from(below.replaceAll(sep, '/')).toString('latin1')
    const rule = rules.findLast((one) => matchesRule(one, bytes, kind))
    if (rule !== undefined) return rule
  }
  return null
}

/** Git does not follow a link in place of a .gitignore file. */
async function readRules(path: string): Promise<readonly IgnoreRule[]> {
  try {
    if (basename(path) === '.gitignore' && !(await lstat(path)).isFile()) return []
    return parseIgnoreFile(await readFile(path, 'latin1'))
  } catch {
    return []
  }
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}
