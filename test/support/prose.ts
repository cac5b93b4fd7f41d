/** Reads Markdown as prose: what people read as sentences, without code, tables and headings. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

export const projectFolder = fileURLToPath(new URL('../..', import.meta.url))

/** One paragraph or list item. */
export interface ProseBlock {
  /** 1-based line of the first of `lines`. */
  readonly line: number
  readonly lines: readonly string[]
}

const SKIPPED_FOLDERS = new Set(['node_modules', 'dist', 'out', '.git', 'fixtures', 'golden', 'samples'])

/** Lists the Markdown files of the project, by path from its folder. */
export function markdownFiles(folder = projectFolder, below = ''): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = below === '' ? entry.name : `${below}/${entry.name}`
    if (entry.isDirectory()) return SKIPPED_FOLDERS.has(entry.name) ? [] : markdownFiles(join(folder, entry.name), path)
    return entry.name.endsWith('.md') ? [path.split(sep).join('/')] : []
  })
}

export function readMarkdown(path: string): string {
  return readFileSync(join(projectFolder, path), 'utf8')
}

/** Blanks code blocks and comments, and keeps the count of lines. */
export function withoutCodeBlocks(text: string): string {
  const blank = (found: string): string => found.replace(/[^\n]/g, '')
  return text.replace(/^( *)(`{3,}).*\n[\s\S]*?^ *\2 *$/gm, blank).replace(/<!--[\s\S]*?-->/g, blank)
}

/** Puts one word in place of each piece of inline code, link target, URL and quotation. */
export function withoutInlineCode(text: string): string {
  return text
    .replace(/`[^`]*`/g, 'CODE')
    .replace(/\]\([^)]*\)/g, ']')
    .replace(/<?https?:\/\/[^\s>)]+>?/g, 'URL')
    .replace(/"[^"]*"/g, 'QUOTE')
}

/** Gives the paragraphs and list items of a Markdown text. */
export function proseBlocks(text: string): readonly ProseBlock[] {
  const blocks: { line: number; lines: string[] }[] = []
  let open: { line: number; lines: string[] } | null = null
  withoutCodeBlocks(text)
    .split('\n')
    .forEach((line, index) => {
      if (line.trim() === '' || /^\s*(\||#{1,6} |---+$|!\[)/.test(line)) {
        open = null
        return
      }
      const item = /^\s*(?:[-*]|\d+\.) +(.*)$/.exec(line)
      if (open === null || item !== null) {
        open = { line: index + 1, lines: [] }
        blocks.push(open)
      }
      open.lines.push(item?.[1] ?? line.trim())
    })
  return blocks
}

/** Gives the cells of the tables of a Markdown text, each as a block of one line. */
export function tableCells(text: string): readonly ProseBlock[] {
  return withoutCodeBlocks(text)
    .split('\n')
    .flatMap((line, index) => {
      if (!/^\s*\|/.test(line)) return []
      const cells = line.match(/(?:`[^`]*`|\\\||[^|])+/g) ?? []
      return cells.map((cell) => ({ line: index + 1, lines: [cell.trim()] })).filter(({ lines }) => lines[0] !== '')
    })
}

const SENTENCE_END = /(?<=[.!?][)*_]*)\s+(?=\S)/

/** Splits a text at the ends of its sentences; a colon at the end of a line ends one too. */
export function sentencesOf(lines: readonly string[]): readonly string[] {
  return withoutInlineCode(lines.join('\n'))
    .replace(/\b(e\.g|i\.e|etc)\./g, '$1')
    .split('\n')
    .reduce<string[]>((joined, line) => {
      const previous = joined.at(-1)
      if (previous === undefined || /[.!?:][)*_]*$/.test(previous)) return [...joined, line]
      return [...joined.slice(0, -1), `${previous} ${line}`]
    }, [])
    .flatMap((line) => line.split(SENTENCE_END))
}

export function countWords(sentence: string): number {
  return sentence.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length
}
