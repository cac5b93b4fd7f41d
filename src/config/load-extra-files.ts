import { readFile, stat } from 'node:fs/promises'
import type { ExtraFile } from '../model/cluster.ts'
import type { Problem } from '../model/problem.ts'
import { MIB } from '../units.ts'
import { checkExtraFilePath } from './check-extra-file-path.ts'
import { type Checked, problem } from './describe-problem.ts'
import { at, type Located, located, type Place } from './place.ts'
import type { RawFile } from './raw-cluster.ts'
import { systemReason } from './read-yaml-source.ts'
import { resolveUserPath } from './resolve-user-path.ts'

const LARGEST_BYTES = 16 * MIB

/** Reads the files that a layer adds to its nodes, with the contents of those that it names by `source`. */
export async function loadExtraFiles(
  files: Located<readonly RawFile[]>,
  homeFolder: string,
): Promise<Checked<readonly ExtraFile[]>> {
  const loaded = await Promise.all(
    files.value.flatMap((file, index) => loadExtraFile(located(file, files, index), homeFolder)),
  )
  return {
    value: loaded.flatMap(({ value }) => value ?? []),
    problems: [...loaded.flatMap(({ problems }) => problems), ...checkRepetitions(files)],
  }
}

async function loadExtraFile(file: Located<RawFile>, homeFolder: string): Promise<Checked<ExtraFile | null>> {
  const { path = '', mode = '0644', owner = 'root' } = file.value
  const content = await loadContent(file, path, homeFolder)
  return {
    value: content.value === null ? null : { path, content: content.value, mode: parseInt(mode, 8), owner },
    problems: [...checkExtraFilePath(path, at(file, 'path')), ...content.problems],
  }
}

async function loadContent(
  file: Located<RawFile>,
  path: string,
  homeFolder: string,
): Promise<Checked<Uint8Array | null>> {
  const { content, source } = file.value
  if ((content === undefined) === (source === undefined))
    return { value: null, problems: [problem('EXTRA_FILE_CONTENT', { path }, file)] }
  if (source === undefined) return { value: new TextEncoder().encode(content), problems: [] }
  return readSource(source, resolveUserPath(source, file.source.folder, homeFolder), at(file, 'source'))
}

async function readSource(source: string, path: string, place: Place): Promise<Checked<Uint8Array | null>> {
  try {
    const stats = await stat(path)
    if (stats.size > LARGEST_BYTES)
      return { value: null, problems: [problem('EXTRA_FILE_TOO_LARGE', { source, limitBytes: LARGEST_BYTES }, place)] }
    if (!stats.isFile())
      return {
        value: null,
        problems: [problem('EXTRA_FILE_SOURCE_MISSING', { source, reason: 'it is not a regular file' }, place)],
      }
    return { value: await readFile(path), problems: [] }
  } catch (error) {
    return {
      value: null,
      problems: [problem('EXTRA_FILE_SOURCE_MISSING', { source, reason: systemReason(error) }, place)],
    }
  }
}

function checkRepetitions(files: Located<readonly RawFile[]>): readonly Problem[] {
  const seen = new Set<string>()
  return files.value.flatMap(({ path }, index) => {
    if (path === undefined || !seen.has(path)) {
      if (path !== undefined) seen.add(path)
      return []
    }
    return [problem('EXTRA_FILE_PATH_DUPLICATE', { path }, at(files, index, 'path'))]
  })
}
