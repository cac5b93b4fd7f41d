import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import type { ReplaceOptions } from '../host/atomic-file.ts'
import { writeFileAtomically } from '../host/write-file-atomically.ts'
import type { RenderedFile, SecretFiles } from '../model/rendered-node.ts'

/** Name of the first entry. `seeds/import-secrets.sh` reads it to tell a whole bundle from a part of one. */
const MANIFEST_NAME = 'SHA256SUMS'
/** S_IFREG of stat(2). tar-stream treats a mode of 0 as missing. Headers hold the lower 12 bits only. */
const REGULAR_FILE = 0o100000

/**
 * Writes a node's detached secrets as a tar archive of root file system files. The same files give the same bytes.
 * Files of every image are below `common/`, others below the name of their seed backend: only the booted node knows its
 * backend. Returns `path`. Throws what `writeFileAtomically` throws.
 */
export async function writeSecretBundle(
  path: string,
  { common, nocloud, firstrun }: SecretFiles,
  options: ReplaceOptions = {},
): Promise<string> {
  const files = [...below('common', common), ...below('nocloud', nocloud), ...below('firstrun', firstrun)]
  await writeFileAtomically(path, await packFiles([manifestOf(files), ...files]), 0o600, options)
  return path
}

async function packFiles(files: readonly RenderedFile[]): Promise<Uint8Array> {
  const { pack } = await import('tar-stream')
  const archive = pack()
  for (const { path: name, content, mode, uid, gid } of files) {
    const header = { name, mode: REGULAR_FILE | mode, uid, gid, mtime: new Date(0), type: 'file' } as const
    archive.entry(header, Buffer.from(content.buffer, content.byteOffset, content.byteLength))
  }
  archive.finalize()
  return buffer(archive)
}

function below(folder: keyof SecretFiles, files: readonly RenderedFile[]): readonly RenderedFile[] {
  return files.map((file) => ({ ...file, path: `${folder}/${file.path}` }))
}

/**
 * Lists files in the format of sha256sum(1). A backslash needs no escape: it escapes only in lines that begin with one.
 */
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
