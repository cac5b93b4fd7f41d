import { readFile, stat } from 'node:fs/promises'
import { type ErrorFacts, hasCode } from '../../errors.ts'
import { systemReason } from '../../host/system-reason.ts'
import type { TemplateText } from '../../model/cluster.ts'
import { decodeTemplate } from '../../templates/decode-template.ts'
import { compileTemplate, LARGEST_TEMPLATE_BYTES } from '../../templates/template.ts'
import { MIB } from '../../units.ts'

/** The bytes of a file, or the reason why it was not read. */
export type SourceFile = { readonly kind: 'read'; readonly content: Uint8Array } | SourceFault

/** The text of a template that compiles, or the reason why there is none. */
export type TemplateFile =
  | { readonly kind: 'read'; readonly content: TemplateText }
  | { readonly kind: 'invalid'; readonly facts: ErrorFacts<'TEMPLATE_INVALID'> }
  | SourceFault

export type SourceFault =
  | { readonly kind: 'unreadable'; readonly reason: string }
  | { readonly kind: 'too large' }
  /** The files of all layers together are larger than `LARGEST_SUM_BYTES`. */
  | { readonly kind: 'sum too large' }

/** Reads the files that a cluster names by `source` and `template`. */
export interface SourceFiles {
  /** The folder that `~` means. */
  readonly homeFolder: string
  readonly read: (path: string) => Promise<SourceFile>
  readonly readTemplate: (path: string) => Promise<TemplateFile>
}

export const LARGEST_FILE_BYTES = 16 * MIB
/** The limit for all files together, because they stay in memory until the last image is written. */
export const LARGEST_SUM_BYTES = 64 * MIB

/** Makes a reader that reads each path once and keeps its contents. Wait for each call before the next one. */
export function createSourceFiles(homeFolder: string): SourceFiles {
  const known = new Map<string, SourceFile>()
  const templates = new Map<string, TemplateFile>()
  let sumBytes = 0
  const read = async (path: string): Promise<SourceFile> => {
    const file = known.get(path) ?? (await readSource(path, LARGEST_SUM_BYTES - sumBytes))
    if (!known.has(path) && file.kind === 'read') sumBytes += file.content.byteLength
    known.set(path, file)
    return file
  }
  const readTemplate = async (path: string): Promise<TemplateFile> => {
    const template = templates.get(path) ?? toTemplate(path, await read(path))
    templates.set(path, template)
    return template
  }
  return { homeFolder, read, readTemplate }
}

/** Compiles a template, so that its syntax errors are reported with all other problems of the cluster. */
function toTemplate(path: string, source: SourceFile): TemplateFile {
  if (source.kind !== 'read') return source
  if (source.content.byteLength > LARGEST_TEMPLATE_BYTES) return { kind: 'too large' }
  try {
    const text = decodeTemplate(path, source.content)
    compileTemplate(path, text)
    return { kind: 'read', content: { file: path, text } }
  } catch (error) {
    if (hasCode(error, 'TEMPLATE_INVALID')) return { kind: 'invalid', facts: error.facts }
    throw error
  }
}

async function readSource(path: string, leftBytes: number): Promise<SourceFile> {
  try {
    const stats = await stat(path)
    if (!stats.isFile()) return { kind: 'unreadable', reason: 'it is not a regular file' }
    if (stats.size > LARGEST_FILE_BYTES) return { kind: 'too large' }
    if (stats.size > leftBytes) return { kind: 'sum too large' }
    return { kind: 'read', content: await readFile(path) }
  } catch (error) {
    return { kind: 'unreadable', reason: systemReason(error) }
  }
}
