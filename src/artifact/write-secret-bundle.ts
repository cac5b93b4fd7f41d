import { createHash } from 'node:crypto'
import { writeFileAtomically } from '../host/write-file-atomically.ts'
import type { RenderedFile, SecretFiles } from '../model/rendered-node.ts'

/** The first entry: what tells a bundle from a part of one. `seeds/import-secrets.sh` reads it. */
const MANIFEST_NAME = 'SHA256SUMS'

/**
 * Writes files of a root file system as a tar archive, the same for same files, below `common/` and the name of each seed backend:
 * only the machine knows which of them its image has. Gives its path.
 */
export async function writeSecretBundle(path: string, { common, nocloud, firstrun }: SecretFiles): Promise<string> {
  const { packTar } = await import('modern-tar')
  const files = [...below('common', common), ...below('nocloud', nocloud), ...below('firstrun', firstrun)]
  const entries = [manifestOf(files), ...files].map(({ path: name, content, mode, uid, gid }) => ({
    header: { name, size: content.byteLength, mode, uid, gid, uname: '', gname: '', mtime: new Date(0) },
    body: content,
  }))
  await writeFileAtomically(path, await packTar(entries), 0o600)
  return path
}

function below(folder: keyof SecretFiles, files: readonly RenderedFile[]): readonly RenderedFile[] {
  return files.map((file) => ({ ...file, path: `${folder}/${file.path}` }))
}

/** Lists files as sha256sum(1) reads them. A backslash stays as it is: only in lines that begin with one does it escape. */
function manifestOf(files: readonly RenderedFile[]): RenderedFile {
  const lines = files.map(({ path, content }) => `${createHash('sha256').update(content).digest('hex')}  ${path}\n`)
  return {
    volume: 'root',
    path: MANIFEST_NAME,
    content: new TextEncoder().encode(lines.join('')),
    mode: 0o600,
    uid: 0,
    gid: 0,
  }
}
