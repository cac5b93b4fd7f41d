/** The admin's previous SSH keys as files for ssh: `id_ed25519.previous` is the newest, then `id_ed25519.previous-2`. */
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { listFolder } from '../../host/list-folder.ts'
import { outputError } from '../../host/output-error.ts'
import { OWNER_ONLY } from '../../host/owner-only.ts'
import { writeFileAtomically } from '../../host/write-file-atomically.ts'
import type { ClusterSecrets } from '../../model/cluster-secrets.ts'
import { reveal } from '../../model/secret.ts'

type AdminKeys = Pick<ClusterSecrets, 'adminKeyPair' | 'previousAdminKeys'>

const NAME = /^id_ed25519\.previous(-\d+)?$/

/**
 * Writes the previous keys and returns their paths, the newest first. Every command that writes access files calls it, so
 * that a rotation that was cut off is finished by the next command. A file whose key is not in the secrets file keeps its
 * name, because it may be the only copy.
 */
export async function writePreviousKeys(folder: string, keys: AdminKeys): Promise<readonly string[]> {
  const unknown = await findUnknownKeys(folder, keys)
  const paths: string[] = []
  let number = 1
  for (const { privateKey } of keys.previousAdminKeys) {
    while (unknown.includes(pathOf(folder, number))) number += 1
    const path = pathOf(folder, number)
    await writeFileAtomically(path, reveal(privateKey), OWNER_ONLY)
    paths.push(path)
    number += 1
  }
  return paths
}

/** Finds files of previous keys that the secrets file does not have. Earlier versions of bantam kept a previous key only there. */
export async function findUnknownKeys(
  folder: string,
  { adminKeyPair, previousAdminKeys }: AdminKeys,
): Promise<readonly string[]> {
  const known = [...(adminKeyPair === null ? [] : [adminKeyPair]), ...previousAdminKeys]
  const texts = known.map(({ privateKey }) => reveal(privateKey))
  return findKeyFiles(folder, (text) => !texts.includes(text))
}

/** Removes the files of keys that are no longer in the secrets file. */
export async function removePreviousKeys(
  folder: string,
  forgotten: ClusterSecrets['previousAdminKeys'],
): Promise<void> {
  const texts = forgotten.map(({ privateKey }) => reveal(privateKey))
  for (const path of await findKeyFiles(folder, (text) => texts.includes(text))) {
    try {
      await rm(path)
    } catch (error) {
      throw outputError(error, path)
    }
  }
}

async function findKeyFiles(folder: string, isWanted: (text: string) => boolean): Promise<readonly string[]> {
  const names = (await listFolder(folder)).filter((name) => NAME.test(name))
  const found: string[] = []
  for (const path of names.map((name) => join(folder, name))) {
    if (isWanted(await readText(path))) found.push(path)
  }
  return found
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw outputError(error, path)
  }
}

function pathOf(folder: string, number: number): string {
  return join(folder, number === 1 ? 'id_ed25519.previous' : `id_ed25519.previous-${number}`)
}
