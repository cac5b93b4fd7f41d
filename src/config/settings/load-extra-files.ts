import { unreachable } from '../../errors.ts'
import type { Problem } from '../../errors/problem.ts'
import type { ExtraFile, TemplateText } from '../../model/cluster.ts'
import { LARGEST_TEMPLATE_BYTES } from '../../templates/template.ts'
import { type Checked, problem } from '../../yaml-source/describe-problem.ts'
import { at, type Located, located, type Place } from '../../yaml-source/place.ts'
import type { RawFile } from '../schema/raw-cluster.ts'
import { checkExtraFilePath, resolveExtraFilePath } from './check-extra-file-path.ts'
import { resolveUserPath } from './resolve-user-path.ts'
import { LARGEST_FILE_BYTES, LARGEST_SUM_BYTES, type SourceFault, type SourceFiles } from './source-files.ts'

/** The keys of which one says what is in an extra file. */
export const contentKeys = ['content', 'source', 'template'] as const satisfies readonly (keyof RawFile)[]

/** Reads the files that a layer adds to its nodes. Loads the contents of those with `source` or `template`. */
export async function loadExtraFiles(
  files: Located<readonly RawFile[]>,
  sources: SourceFiles,
): Promise<Checked<readonly ExtraFile[]>> {
  const loaded: Checked<ExtraFile | null>[] = []
  for (const [index, file] of files.value.entries()) {
    // A hole marks an entry that the schema refused.
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
): Promise<Checked<ExtraFile['content'] | null>> {
  const { content, source, template } = file.value
  if (contentKeys.filter((key) => file.value[key] !== undefined).length !== 1)
    return { value: null, problems: [problem('EXTRA_FILE_CONTENT', { path }, file)] }
  if (source !== undefined) return readSource(source, at(file, 'source'), sources)
  if (template !== undefined) return readTemplate(template, at(file, 'template'), sources)
  return { value: new TextEncoder().encode(content), problems: [] }
}

async function readSource(source: string, place: Place, sources: SourceFiles): Promise<Checked<Uint8Array | null>> {
  const file = await sources.read(resolveUserPath(source, place.source.folder, sources.homeFolder))
  return file.kind === 'read' ? { value: file.content, problems: [] } : refuse(file, source, LARGEST_FILE_BYTES, place)
}

async function readTemplate(
  template: string,
  place: Place,
  sources: SourceFiles,
): Promise<Checked<TemplateText | null>> {
  const file = await sources.readTemplate(resolveUserPath(template, place.source.folder, sources.homeFolder))
  if (file.kind === 'read') return { value: file.content, problems: [] }
  if (file.kind === 'invalid') return { value: null, problems: [problem('TEMPLATE_INVALID', file.facts, place)] }
  return refuse(file, template, LARGEST_TEMPLATE_BYTES, place)
}

function refuse(fault: SourceFault, source: string, limitBytes: number, place: Place): Checked<null> {
  const because = (found: Problem): Checked<null> => ({ value: null, problems: [found] })
  switch (fault.kind) {
    case 'unreadable':
      return because(problem('EXTRA_FILE_SOURCE_MISSING', { source, reason: fault.reason }, place))
    case 'too large':
      return because(problem('EXTRA_FILE_TOO_LARGE', { source, limitBytes }, place))
    case 'sum too large':
      return because(problem('EXTRA_FILE_TOTAL_TOO_LARGE', { source, limitBytes: LARGEST_SUM_BYTES }, place))
    default:
      throw unreachable(fault)
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
