import type { Stats } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { BuildError } from '../errors.ts'
import { decodeTemplate } from '../templates/decode-template.ts'
import { compileTemplate, LARGEST_TEMPLATE_BYTES, literalTemplate, type Template } from '../templates/template.ts'
import { nearestWord } from '../text/nearest-word.ts'
import { isTemplateName, seedTemplates, type TemplateName } from './seed-templates.ts'

/** The folders of templates. */
export interface TemplateFolders {
  /** The folder of the templates that are shipped with bantam. */
  readonly shipped: string
  /** `seeds/` beside cluster.yaml. It may be missing. Null: do not read it. */
  readonly cluster: string | null
  /** The folder of `--seeds`, which must exist; null where the option is not given. */
  readonly override: string | null
  /** Names of all profiles. Only these are allowed as names of subfolders. */
  readonly profiles: readonly string[]
}

/** The templates of one folder and of its subfolders. Each subfolder has the name of a profile. */
interface TemplateLayer {
  readonly general: ReadonlyMap<TemplateName, Template>
  readonly byProfile: ReadonlyMap<string, ReadonlyMap<TemplateName, Template>>
}

/** All templates, compiled. */
export interface Templates {
  /** In order of preference. The last layer has every template. */
  readonly layers: readonly TemplateLayer[]
}

/** Reads and compiles every template once, for all nodes. */
export async function loadTemplates(folders: TemplateFolders): Promise<Templates> {
  const { profiles } = folders
  const override = folders.override === null ? null : await loadLayer(folders.override, profiles)
  if (folders.override !== null && override === null) {
    throw new BuildError('TEMPLATE_FOLDER_MISSING', { folder: folders.override })
  }
  const cluster = folders.cluster === null ? null : await loadLayer(folders.cluster, profiles)
  const shipped = await loadLayer(folders.shipped, profiles)
  for (const { name } of seedTemplates) {
    if (shipped?.general.has(name) !== true) throw new BuildError('TEMPLATE_MISSING', { name, folder: folders.shipped })
  }
  return { layers: [override, cluster, shipped].filter((layer) => layer !== null) }
}

async function loadLayer(folder: string, profiles: readonly string[]): Promise<TemplateLayer | null> {
  const general = await loadFolder(folder)
  if (general === null) return null
  const byProfile = new Map<string, ReadonlyMap<TemplateName, Template>>()
  for (const profile of general.subfolders) {
    const path = join(folder, profile)
    if (!profiles.includes(profile)) throw unknownFolder(path, profile, profiles)
    const own = await loadFolder(path)
    const [inner] = own?.subfolders ?? []
    if (inner !== undefined) throw unknownFolder(join(path, inner), inner, [])
    if (own !== null) byProfile.set(profile, own.templates)
  }
  return { general: general.templates, byProfile }
}

function unknownFolder(folder: string, name: string, profiles: readonly string[]): BuildError {
  return new BuildError('TEMPLATE_FOLDER_UNKNOWN', { folder, nearest: nearestWord(name, profiles) })
}

async function loadFolder(
  folder: string,
): Promise<{ templates: Map<TemplateName, Template>; subfolders: string[] } | null> {
  const names = await listFolder(folder)
  if (names === null) return null
  const templates = new Map<TemplateName, Template>()
  const subfolders: string[] = []
  for (const name of names) {
    // Hidden files and notes may be beside templates.
    if (name.startsWith('.') || /^README(\.md)?$/i.test(name)) continue
    const file = join(folder, name)
    const isTemplate = isTemplateName(name)
    const stats = await tryRead(file, () => stat(file))
    if (stats.isDirectory() && !isTemplate) subfolders.push(name)
    else if (isTemplate) templates.set(name, await loadTemplate(file, name, stats))
    else throw new BuildError('TEMPLATE_UNKNOWN', { file, nearest: nearestWord(name, templateNames()) })
  }
  return { templates, subfolders }
}

function templateNames(): readonly string[] {
  return seedTemplates.map(({ name }) => name)
}

async function listFolder(folder: string): Promise<readonly string[] | null> {
  try {
    return (await readdir(folder)).sort()
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null
    throw unreadable(folder, error)
  }
}

async function loadTemplate(file: string, name: TemplateName, stats: Stats): Promise<Template> {
  const refuse = (reason: string): BuildError => new BuildError('TEMPLATE_UNREADABLE', { file, reason })
  // Reading a pipe would wait for ever.
  if (!stats.isFile()) throw refuse(stats.isDirectory() ? 'it is a folder' : 'it is not a regular file')
  if (stats.size > LARGEST_TEMPLATE_BYTES) throw refuse(`it is larger than ${LARGEST_TEMPLATE_BYTES} bytes`)
  const source = decodeTemplate(file, await tryRead(file, () => readFile(file)))
  return name.endsWith('.hbs') ? compileTemplate(file, source) : literalTemplate(file, source)
}

async function tryRead<T>(file: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    throw unreadable(file, error)
  }
}

function unreadable(file: string, cause: unknown): BuildError {
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'it is a link that leads nowhere',
    ELOOP: 'it is a link that leads back to itself',
    ENOTDIR: 'it is no folder',
  }
  const code = errorCode(cause)
  return new BuildError('TEMPLATE_UNREADABLE', { file, reason: reasons[code] ?? code }, { cause })
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
}
