import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { quote } from '../../errors/config/quote-value.ts'
import { systemReason } from '../../host/system-reason.ts'
import { looksLikePublicKey, parsePublicKey } from '../../pki/parse-public-key.ts'
import { KIB } from '../../units.ts'
import { type Checked, problem, warning } from '../../yaml-source/describe-problem.ts'
import { at, type Located, located, type Place } from '../../yaml-source/place.ts'
import { resolveUserPath } from './resolve-user-path.ts'

/** Public keys, and the files of their private keys, where these are in the same folder. */
interface LoadedKeys {
  readonly keys: readonly string[]
  readonly identityFiles: readonly string[]
}

const none: LoadedKeys = { keys: [], identityFiles: [] }
const LARGEST_BYTES = 64 * KIB
const defaultFiles = ['id_ed25519.pub', 'id_ecdsa.pub', 'id_rsa.pub']

/**
 * Reads the keys of `admin.sshKeys`: literal keys and files. If `admin.sshKeys` is left out, reads the keys in ~/.ssh.
 * Warns of listed files that do not exist.
 */
export async function loadSshKeys(
  sshKeys: Located<readonly string[] | undefined>,
  homeFolder: string,
): Promise<Checked<LoadedKeys>> {
  const loaded =
    sshKeys.value === undefined
      ? await Promise.all(
          defaultFiles.map((name) =>
            loadKeyFile(`~/.ssh/${name}`, join(homeFolder, '.ssh', name), sshKeys, 'optional'),
          ),
        )
      : await loadListedKeys(located(sshKeys.value, sshKeys), homeFolder)
  return {
    value: {
      keys: [...new Set(loaded.flatMap(({ value }) => value.keys))],
      identityFiles: [...new Set(loaded.flatMap(({ value }) => value.identityFiles))],
    },
    problems: loaded.flatMap(({ problems }) => problems),
  }
}

/** Reads the entries one after the other, and equal entries only once. */
async function loadListedKeys(
  sshKeys: Located<readonly string[]>,
  homeFolder: string,
): Promise<readonly Checked<LoadedKeys>[]> {
  const loaded: Checked<LoadedKeys>[] = []
  const seen = new Set<string>()
  for (const [index, text] of sshKeys.value.entries()) {
    // A hole marks an entry that the schema refused.
    if (!(index in sshKeys.value) || seen.has(text)) continue
    seen.add(text)
    loaded.push(await loadKeyOrFile(text, at(sshKeys, index), homeFolder))
  }
  return loaded
}

async function loadKeyOrFile(text: string, place: Place, homeFolder: string): Promise<Checked<LoadedKeys>> {
  if (text.includes('PRIVATE KEY'))
    return { value: none, problems: [problem('ADMIN_SSH_KEY_PRIVATE', { place: 'This entry of `sshKeys`' }, place)] }
  if (looksLikePublicKey(text) || /[\r\n]/.test(text.trim()))
    return parseLines([text], 'This entry of `sshKeys`', place)
  return loadKeyFile(text, resolveUserPath(text, place.source.folder, homeFolder), place, 'listed')
}

async function loadKeyFile(
  shownPath: string,
  path: string,
  place: Place,
  presence: 'listed' | 'optional',
): Promise<Checked<LoadedKeys>> {
  const subject = `The file ${quote(shownPath)}`
  const text = await readKeyFile(path)
  if (text === null) {
    return {
      value: none,
      problems: presence === 'optional' ? [] : [warning('ADMIN_SSH_KEY_FILE_MISSING', { path: shownPath }, place)],
    }
  }
  if (typeof text !== 'string')
    return { value: none, problems: [problem('ADMIN_SSH_KEY_INVALID', { place: subject, reason: text.reason }, place)] }
  if (text.includes('PRIVATE KEY'))
    return { value: none, problems: [problem('ADMIN_SSH_KEY_PRIVATE', { place: subject }, place)] }
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.trimStart().startsWith('#'))
  if (lines.length === 0)
    return {
      value: none,
      problems: [problem('ADMIN_SSH_KEY_INVALID', { place: subject, reason: 'it holds no key' }, place)],
    }
  const { value, problems } = parseLines(lines, subject, place)
  const identityFile = path.replace(/\.pub$/, '')
  const isThere =
    identityFile !== path &&
    (await stat(identityFile).then(
      (stats) => stats.isFile(),
      () => false,
    ))
  return { value: { ...value, identityFiles: isThere ? [identityFile] : [] }, problems }
}

/** Reads a file of keys; null where there is no such file, a reason where it cannot be a file of keys. */
async function readKeyFile(path: string): Promise<string | { readonly reason: string } | null> {
  try {
    const stats = await stat(path)
    if (!stats.isFile()) return { reason: 'it is not a regular file' }
    return stats.size > LARGEST_BYTES ? { reason: 'it is too large' } : await readFile(path, 'utf8')
  } catch (error) {
    const reason = systemReason(error)
    return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
      ? null
      : { reason: `it cannot be read (${reason})` }
  }
}

function parseLines(lines: readonly string[], subject: string, place: Place): Checked<LoadedKeys> {
  const parsed = lines.map(parsePublicKey)
  return {
    value: { keys: parsed.flatMap((result) => ('key' in result ? [result.key] : [])), identityFiles: [] },
    problems: parsed.flatMap((result) =>
      'reason' in result ? [problem('ADMIN_SSH_KEY_INVALID', { place: subject, reason: result.reason }, place)] : [],
    ),
  }
}
