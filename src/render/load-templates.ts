import type { Dirent } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { nearestWord } from '../bytes/nearest-word.ts'
import { BuildError } from '../errors.ts'
import { compileTemplate, literalTemplate } from './template.ts'
import type { Template } from './template.ts'
import { isTemplateName, templateNames } from './template-names.ts'
import type { TemplateName } from './template-names.ts'

/** Where templates are read. */
export interface TemplateFolders {
  /** The templates that come with bantam. */
  readonly shipped: string
  /** `seeds/` beside cluster.yaml, which may not exist; null where it is not to be read. */
  readonly cluster: string | null
  /** The folder of `--seeds`, which must exist; null where the option is not given. */
  readonly override: string | null
}

/** The templates of one folder, and of its subfolders, which are named after profiles. */
interface TemplateLayer {
  readonly general: ReadonlyMap<TemplateName, Template>
  readonly byProfile: ReadonlyMap<string, ReadonlyMap<TemplateName, Template>>
}

/** All templates, compiled. */
export interface Templates {
  /** Best first. The last one is complete. */
  readonly layers: readonly TemplateLayer[]
}

/** Reads and compiles every template once, for any number of nodes. */
export async function loadTemplates(folders: TemplateFolders): Promise<Templates> {
  const override = folders.override === null ? null : await loadLayer(folders.override)
  if (folders.override !== null && override === null) {
    throw new BuildError('TEMPLATE_FOLDER_MISSING', { folder: folders.override })
  }
  const cluster = folders.cluster === null ? null : await loadLayer(folders.cluster)
  const shipped = await loadLayer(folders.shipped)
  for (const name of templateNames) {
    if (shipped?.general.has(name) !== true) throw new BuildError('TEMPLATE_MISSING', { name, folder: folders.shipped })
  }
  return { layers: [override, cluster, shipped].filter((layer) => layer !== null) }
}

async function loadLayer(folder: string): Promise<TemplateLayer | null> {
  const general = await loadFolder(folder)
  if (general === null) return null
  const byProfile = new Map<string, ReadonlyMap<TemplateName, Template>>()
  for (const profile of general.subfolders) {
    const own = await loadFolder(join(folder, profile))
    if (own !== null) byProfile.set(profile, own.templates)
  }
  return { general: general.templates, byProfile }
}

async function loadFolder(folder: string): Promise<{ templates: Map<TemplateName, Template>; subfolders: string[] } | null> {
  const entries = await listFolder(folder)
  if (entries === null) return null
  const templates = new Map<TemplateName, Template>()
  const subfolders: string[] = []
  for (const entry of entries) {
    // Hidden files and notes may lie beside templates.
    if (entry.name.startsWith('.') || /^README(\.md)?$/i.test(entry.name)) continue
    const file = join(folder, entry.name)
    if (entry.isDirectory()) subfolders.push(entry.name)
    else if (isTemplateName(entry.name)) templates.set(entry.name, await loadTemplate(file, entry.name))
    else throw new BuildError('TEMPLATE_UNKNOWN', { file, nearest: nearestWord(entry.name, templateNames) })
  }
  return { templates, subfolders }
}

async function listFolder(folder: string): Promise<readonly Dirent[] | null> {
  try {
    return await readdir(folder, { withFileTypes: true })
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null
    throw error
  }
}

async function loadTemplate(file: string, name: TemplateName): Promise<Template> {
  // A carriage return would become part of each last word of a script or an option.
  const source = decodeText(file, await readFile(file)).replaceAll('\r\n', '\n')
  return name.endsWith('.hbs') ? compileTemplate(file, source) : literalTemplate(file, source)
}

function decodeText(file: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new BuildError('TEMPLATE_INVALID', { template: file, line: null, problem: 'the file is not UTF-8 text' }, { cause })
  }
}
