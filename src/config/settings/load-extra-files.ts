import { unreachable } from '../../errors.ts'
import type { ExtraFile } from '../../model/cluster.ts'
import { type Checked, problem } from '../../yaml-source/describe-problem.ts'
import { at, type Located, located, type Place } from '../../yaml-source/place.ts'
import type { Problem } from '../../yaml-source/problem.ts'
import type { RawFile } from '../schema/raw-cluster.ts'
import { checkExtraFilePath, resolveExtraFilePath } from './check-extra-file-path.ts'
import { resolveUserPath } from './resolve-user-path.ts'
import { LARGEST_FILE_BYTES, LARGEST_SUM_BYTES, type SourceFiles } from './source-files.ts'

/** Reads the files that a layer adds to its nodes, with the contents of those that it names by `source`. */
export async function loadExtraFiles(
  files: Located<readonly RawFile[]>,
  sources: SourceFiles,
): Promise<Checked<readonly ExtraFile[]>> {
  const loaded: Checked<ExtraFile | null>[] = []
  for (const [index, file] of files.value.entries()) {
    // Holes stand for entries that the schema refused.
    if (index in files.value) loaded.push(await loadExtraFile(located(file, files, index), sources))
  }
  return {
    value: loaded.flatMap(({ value }) => value ?? []),
    problems: [...loaded.flatMap(({ problems }) => problems), ...checkRepetitions(files)],
  }
}

async function loadExtraFile(file: Located<RawFile>, sources: SourceFiles): Promise<Checked<ExtraFile | null>> {
  const { path = '', mode = '0644', owner = 'root' } = file.value
  const content = await loadContent(file, path, sources)
  return {
    value:
      content.value === null
        ? null
        : { path: resolveExtraFilePath(path), content: content.value, mode: parseInt(mode, 8), owner },
    problems: [...checkExtraFilePath(path, at(file, 'path')), ...content.problems],
  }
}

async function loadContent(
  file: Located<RawFile>,
  path: string,
  sources: SourceFiles,
): Promise<Checked<Uint8Array | null>> {
  const { content, source } = file.value
  if ((content === undefined) === (source === undefined))
    return { value: null, problems: [problem('EXTRA_FILE_CONTENT', { path }, file)] }
  if (source === undefined) return { value: new TextEncoder().encode(content), problems: [] }
  return readSource(
    source,
    resolveUserPath(source, file.source.folder, sources.homeFolder),
    at(file, 'source'),
    sources,
  )
}

async function readSource(
  source: string,
  path: string,
  place: Place,
  sources: SourceFiles,
): Promise<Checked<Uint8Array | null>> {
  const file = await sources.read(path)
  const refuse = (found: Problem): Checked<null> => ({ value: null, problems: [found] })
  switch (file.kind) {
    case 'read':
      return { value: file.content, problems: [] }
    case 'unreadable':
      return refuse(problem('EXTRA_FILE_SOURCE_MISSING', { source, reason: file.reason }, place))
    case 'too large':
      return refuse(problem('EXTRA_FILE_TOO_LARGE', { source, limitBytes: LARGEST_FILE_BYTES }, place))
    case 'sum too large':
      return refuse(problem('EXTRA_FILE_TOTAL_TOO_LARGE', { source, limitBytes: LARGEST_SUM_BYTES }, place))
    default:
      throw unreachable(file)
  }
}

function checkRepetitions(files: Located<readonly RawFile[]>): readonly Problem[] {
  const seen = new Set<string>()
  return files.value.flatMap(({ path }, index) => {
    if (path === undefined) return []
    const resolved = resolveExtraFilePath(path)
    if (seen.has(resolved)) return [problem('EXTRA_FILE_PATH_DUPLICATE', { path }, at(files, index, 'path'))]
    seen.add(resolved)
    return []
  })
}
