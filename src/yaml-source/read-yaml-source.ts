import { readFile, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { type Document, isScalar, LineCounter, parseDocument, type YAMLError } from 'yaml'
import { BuildError, describeError, type ErrorCode, type ErrorFacts } from '../errors.ts'
import type { Problem } from '../errors/problem.ts'
import { systemReason } from '../host/system-reason.ts'
import { MIB } from '../units.ts'
import { findWrongKeys, type WrongKey } from './find-wrong-keys.ts'
import { makeOffsetLocator } from './make-offset-locator.ts'
import { makePositionFinder } from './make-position-finder.ts'
import { measureAliases } from './measure-aliases.ts'
import type { Part, Path, Position, YamlSource } from './yaml-source.ts'

const LARGEST_BYTES = MIB

/** Messages for the errors of the YAML parser. Its own messages may quote the text, and the text may hold a password. */
const syntaxDetails: Readonly<Record<string, string>> = {
  ALIAS_PROPS: 'an alias (*name) carries an anchor or a tag',
  BAD_ALIAS: 'an alias (*name) has no valid name',
  BAD_DIRECTIVE: 'a directive (%) is malformed',
  BAD_DQ_ESCAPE: 'an escape after a backslash in double quotes is unknown',
  BAD_INDENT: 'the indentation does not fit the lines above',
  BAD_SCALAR_START: 'a text starts with a character that needs quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a second colon on a line needs quotes around the text',
  BLOCK_IN_FLOW: 'inside brackets, a text with a colon needs quotes, or a comma or closing bracket is missing',
  MISSING_CHAR: 'a quote, bracket, comma, colon or space is missing',
  MULTILINE_IMPLICIT_KEY: 'a key goes over several lines, or a colon is missing',
  NON_STRING_KEY: 'a key is not text',
  TAG_RESOLVE_FAILED: 'a tag (!name) is unknown or does not fit its value',
  UNEXPECTED_TOKEN: 'a character or word is in a place where YAML does not allow it',
}

/**
 * Reads a YAML 1.2 file with one document. If the text cannot be parsed, returns the problems and no source. Throws
 * `YAML_FILE_UNREADABLE` if the file cannot be opened.
 */
export async function readYamlSource(
  file: string,
): Promise<{ source: YamlSource | null; problems: readonly Problem[] }> {
  const bytes = await readBytes(file)
  if (bytes === null) return failed(fileProblem(file, 'YAML_TOO_LARGE', { limitBytes: LARGEST_BYTES }))
  const text = decodeUtf8(bytes)
  if (text === null) return failed(fileProblem(file, 'YAML_NOT_UTF8', undefined))
  return parseYamlSource(file, text)
}

/** Parses the text of a YAML 1.2 file with one document. Problems name `file`. */
export function parseYamlSource(
  file: string,
  text: string,
): { source: YamlSource | null; problems: readonly Problem[] } {
  const lineCounter = new LineCounter()
  const document = parse(text, lineCounter)
  const positionAt = makePositionFinder(text, lineCounter)
  if (document === null) return failed(fileProblem(file, 'YAML_SYNTAX', { detail: 'it is nested too deeply' }))
  const syntaxProblems = firstOfEachLine(
    [...document.errors, ...document.warnings].map((error) => syntaxProblem(file, positionAt(error.pos[0]), error)),
  )
  if (syntaxProblems.length > 0) return failed(...syntaxProblems)
  const { version, explicit } = document.directives.yaml
  if (explicit === true && version !== '1.2') return failed(fileProblem(file, 'YAML_DIRECTIVE', { version }))
  if (document.contents === null || (isScalar(document.contents) && document.contents.value === null)) {
    return failed(fileProblem(file, 'YAML_EMPTY', undefined))
  }
  const keyProblems = findWrongKeys(document.contents).map((wrongKey) =>
    keyProblem(file, positionAt(wrongKey.offset), wrongKey),
  )
  if (keyProblems.length > 0) return failed(...keyProblems)
  const excess = measureAliases(document.contents)
  if (excess !== null) return failed(fileProblem(file, 'YAML_ALIAS_LIMIT', { detail: excess }))
  const value: unknown = document.toJS({ maxAliasCount: -1 })
  const locateOffset = makeOffsetLocator(document)
  const locate = (path: Path, part: Part): Position => positionAt(locateOffset(path, part))
  return { source: { file, folder: resolve(dirname(file)), value, locate }, problems: [] }
}

/** Keeps the first problem of each line: after a mistake, the parser reports more errors in the rest of the line. */
function firstOfEachLine(problems: readonly Problem[]): readonly Problem[] {
  const lines = new Map(problems.toReversed().map((one) => [one.line, one]))
  return problems.filter((one) => lines.get(one.line) === one)
}

function failed(...problems: readonly Problem[]): { source: null; problems: readonly Problem[] } {
  return { source: null, problems }
}

async function readBytes(file: string): Promise<Uint8Array | null> {
  try {
    const stats = await stat(file)
    if (!stats.isFile()) throw new BuildError('YAML_FILE_UNREADABLE', { file, reason: 'it is not a regular file' })
    return stats.size > LARGEST_BYTES ? null : await readFile(file)
  } catch (cause) {
    if (cause instanceof BuildError) throw cause
    throw new BuildError('YAML_FILE_UNREADABLE', { file, reason: systemReason(cause) }, { cause })
  }
}

function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}

/** Parses a text; null where its nesting exhausts the parser's stack. */
function parse(text: string, lineCounter: LineCounter): Document.Parsed | null {
  try {
    // Without prettyErrors: they would quote lines, and lines may hold secrets.
    return parseDocument(text, { lineCounter, prettyErrors: false, version: '1.2', strict: true, uniqueKeys: false })
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

function syntaxProblem(file: string, position: Position, error: YAMLError): Problem {
  switch (error.code) {
    case 'TAB_AS_INDENT':
      return fileProblem(file, 'YAML_TAB', undefined, position)
    case 'MULTIPLE_DOCS':
      return fileProblem(file, 'YAML_MULTIPLE_DOCUMENTS', undefined, position)
    case 'RESOURCE_EXHAUSTION':
      return fileProblem(file, 'YAML_SYNTAX', { detail: 'it is nested too deeply' }, position)
    default:
      return fileProblem(file, 'YAML_SYNTAX', { detail: syntaxDetails[error.code] ?? 'it cannot be read' }, position)
  }
}

function keyProblem(file: string, position: Position, { kind, key }: WrongKey): Problem {
  return kind === 'duplicate'
    ? fileProblem(file, 'YAML_DUPLICATE_KEY', { key }, position)
    : fileProblem(file, 'YAML_SYNTAX', { detail: 'a key is not text' }, position)
}

function fileProblem<C extends ErrorCode>(file: string, code: C, facts: ErrorFacts<C>, position?: Position): Problem {
  const { message, hint } = describeError(code, facts)
  return {
    severity: 'error',
    code,
    message,
    hint,
    file,
    line: position?.line ?? null,
    column: position?.column ?? null,
  }
}
