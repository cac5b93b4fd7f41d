import { readdir, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { Problem } from '../../errors/problem.ts'
import { nullIfMissing } from '../../host/null-if-missing.ts'
import { outputError } from '../../host/output-error.ts'
import { readChunks } from '../../host/read-chunks.ts'
import { listPreviousTexts } from '../../secrets/known-secrets.ts'
import { partFormsOf } from '../../secrets/secret-forms.ts'
import type { PreviousSecret } from '../../secrets/secrets-file.ts'
import { encodeUtf8 } from '../../text/encoding.ts'
import { PatternSet } from '../../text/pattern-set.ts'
import { warning } from '../../yaml-source/describe-problem.ts'
import { findPrivateImages } from '../build/find-private-images.ts'
import type { ResultFolders } from '../project/result-folders.ts'

/** Where values still are that the secrets file no longer has. */
export interface LeftValues {
  /** Private files that hold one of them, by path. */
  readonly files: readonly string[]
  /** Images that may hold one of them, by path: they were written before it was replaced. */
  readonly images: readonly string[]
}

/**
 * Finds what `secrets forget` leaves: rendered seeds, detached secrets and files of earlier versions, by their bytes, and
 * images, by their dates. It removes none, because a card may still need one. Throws `OUTPUT_NOT_WRITABLE`.
 */
export async function findLeftValues(
  folders: ResultFolders,
  forgotten: readonly PreviousSecret[],
  signal: AbortSignal,
): Promise<LeftValues> {
  const forms = listPreviousTexts(forgotten).flatMap(({ text }) => partFormsOf(text))
  const patterns = new PatternSet(forms.map(({ text }) => encodeUtf8(text)))
  const files: string[] = []
  for (const path of await listFilesBelow(folders.access)) if (await holds(path, patterns, signal)) files.push(path)
  return { files, images: await findOldImages(folders, forgotten) }
}

/** Warns of files and images that hold forgotten values. */
export function warnOfLeftValues({ files, images }: LeftValues, folders: ResultFolders): readonly Problem[] {
  const names = (folder: string, paths: readonly string[]): readonly string[] =>
    paths.map((path) => relative(folder, path))
  return [
    ...(files.length === 0
      ? []
      : [
          warning(
            'SECRETS_LEFT_IN_FILES',
            { folder: folders.access, files: names(folders.access, files) },
            { file: folders.access },
          ),
        ]),
    ...(images.length === 0
      ? []
      : [
          warning(
            'SECRETS_LEFT_IN_IMAGES',
            { folder: folders.images, images: names(folders.images, images) },
            { file: folders.images },
          ),
        ]),
  ]
}

async function listFilesBelow(folder: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    const lists = entries.map(async (entry) => {
      const path = join(folder, entry.name)
      return entry.isDirectory() ? listFilesBelow(path) : entry.isFile() ? [path] : []
    })
    return (await Promise.all(lists)).flat().sort()
  } catch (error) {
    throw outputError(error, folder)
  }
}

async function holds(path: string, patterns: PatternSet, signal: AbortSignal): Promise<boolean> {
  let tail = Buffer.alloc(0)
  try {
    for await (const chunk of readChunks(path, { signal, onRead: () => undefined })) {
      const bytes = Buffer.concat([tail, chunk])
      if (patterns.findIn(bytes).length > 0) return true
      tail = bytes.subarray(Math.max(0, bytes.byteLength - patterns.overlapBytes))
    }
    return false
  } catch (error) {
    throw outputError(error, path)
  }
}

/** Images hold neither the admin's private key nor an administrator's certificate. */
async function findOldImages(folders: ResultFolders, forgotten: readonly PreviousSecret[]): Promise<readonly string[]> {
  const inImages = forgotten.filter(({ secret }) => secret !== 'admin-key' && secret !== 'admin-certificate')
  const found = await Promise.all(
    (await findPrivateImages(folders)).map(async (name) => {
      const path = join(folders.images, name)
      const writtenAt = (await nullIfMissing(stat(path)))?.mtimeMs
      const isOld = inImages.some(
        (one) =>
          writtenAt !== undefined &&
          writtenAt < Date.parse(one.replaced) &&
          // A host key is in the image of its node only.
          (one.secret !== 'host-keys' || name.startsWith(`${one.node}.`)),
      )
      return isOld ? [path] : []
    }),
  )
  return found.flat()
}
