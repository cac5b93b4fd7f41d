import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BuildError } from '../../errors.ts'
import { rootHashOfKubeconfig } from '../../exports/read-kubeconfig.ts'
import { nullIfMissing } from '../../host/null-if-missing.ts'
import { outputError } from '../../host/output-error.ts'
import { writeFileAtomically } from '../../host/write-file-atomically.ts'
import { hashOfRoot } from '../../pki/join-token.ts'
import type { SecretsFile } from '../../secrets/secrets-file.ts'
import type { SecretsStore } from '../../secrets/secrets-store.ts'
import type { ResultFolders } from '../project/result-folders.ts'

/** A cluster, by what no other cluster of the same name has. */
export interface ClusterIdentity {
  /** SHA-256 of its root certificate, in hex. It is no secret: every join token shows it. */
  readonly rootHash: string
  readonly secretsFile: string
}

/** The file by which a folder remembers its cluster. */
const MARK_FILE = '.root-ca.sha256'

/** Identifies the cluster of a secrets file. */
export function identityOf({ pki }: Pick<SecretsFile, 'pki'>, { file }: Pick<SecretsStore, 'file'>): ClusterIdentity {
  return { rootHash: hashOfRoot(pki.root.certificate), secretsFile: file }
}

/** Makes a folder remember its cluster. */
export async function markFolder(folder: string, { rootHash }: ClusterIdentity): Promise<void> {
  if ((await readMark(folder)) === rootHash) return
  await writeFileAtomically(join(folder, MARK_FILE), `${rootHash}\n`, 0o644)
}

/**
 * Refuses folders with results of another cluster that has the same name: its keys would be lost, and nodes of both
 * would be mixed. Throws `OUTPUT_OTHER_CLUSTER`, `OUTPUT_NOT_WRITABLE`.
 */
export async function requireSameCluster(folders: ResultFolders, identity: ClusterIdentity): Promise<void> {
  const { images, access } = folders
  for (const folder of [images, access]) {
    const found = await rememberedRoot(folder)
    if (found !== null && found !== identity.rootHash)
      throw new BuildError('OUTPUT_OTHER_CLUSTER', { ...identity, folder, found, images, access })
  }
}

/** Returns the root of the cluster whose results a folder holds; null where nothing tells. Throws `OUTPUT_NOT_WRITABLE`. */
export async function rememberedRoot(folder: string): Promise<string | null> {
  const mark = await readMark(folder)
  if (mark !== null) return mark
  // Earlier versions left no mark. Their kubeconfig holds the root.
  const kubeconfig = await readText(join(folder, 'kubeconfig'))
  return kubeconfig === null ? null : rootHashOfKubeconfig(kubeconfig)
}

/** Returns null for a mark that a power cut left empty, too. */
async function readMark(folder: string): Promise<string | null> {
  return /^[0-9a-f]{64}/.exec((await readText(join(folder, MARK_FILE))) ?? '')?.[0] ?? null
}

async function readText(path: string): Promise<string | null> {
  try {
    return await nullIfMissing(readFile(path, 'utf8'))
  } catch (error) {
    throw outputError(error, path)
  }
}
