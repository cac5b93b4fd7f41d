/** The rules of docs/glossary.md for what people read: docs, error messages and comments. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { errorCodes } from '../../src/errors.ts'
import { errorPage } from '../../src/pipeline/explain/explain-error.ts'
import {
  countWords,
  markdownFiles,
  projectFolder,
  proseBlocks,
  readMarkdown,
  sentencesOf,
  withoutCodeBlocks,
  tableCells,
  withoutInlineCode,
} from '../support/prose.ts'

const MOST_WORDS = 30
const LONGEST_LINE = 280

/** Words of a dialect that nobody in the field uses, with what to write. */
const BANNED: readonly (readonly [RegExp, string])[] = [
  [/\banew\b/i, 'again'],
  [/\b(can|could|cannot|to) be had\b/i, 'is available'],
  [/\b(lies|lie|lay|lying)\b/i, 'is, is in'],
  [/\bfounder|\bfounds\b|\bfounded\b/i, 'initial server, initializes'],
  [/\bvouch(es|ed)?\b/i, 'verified'],
  [/\b(of|on) (its|your|their|our|one's|his) own\b/i, 'different, separate, or nothing'],
  [/\bstands? (in|at|twice)\b/i, 'is in, means'],
  [/\btold\b/i, 'reported'],
  [/(^|[.:;] |['"`])who(ever)? /im, 'a noun'],
  [/\bstock (image|base|file)/i, 'preload image'],
  [/\bset apart\b/i, 'detached'],
]

function findBanned(text: string): readonly string[] {
  return BANNED.flatMap(([pattern, instead]) => {
    const found = pattern.exec(text)
    return found === null ? [] : [`"${found[0].trim()}": write ${instead}`]
  })
}

describe.each(markdownFiles())('%s', (path) => {
  const text = readMarkdown(path)

  // The glossary lists the words that are not used.
  test.skipIf(path === 'docs/glossary.md')('uses no banned word', () => {
    const lines = withoutInlineCode(withoutCodeBlocks(text)).split('\n')
    expect(lines.flatMap((line, index) => findBanned(line).map((found) => `${index + 1}: ${found}`))).toEqual([])
  })

  // The page of errors is made of messages, which are one line each.
  test.skipIf(path === 'docs/errors.md')(`has no sentence over ${MOST_WORDS} words`, () => {
    const long = [...proseBlocks(text), ...tableCells(text)].flatMap(({ line, lines }) =>
      sentencesOf(lines)
        .filter((sentence) => countWords(sentence) > MOST_WORDS)
        .map((sentence) => `${line}: ${countWords(sentence)} words: ${sentence}`),
    )
    expect(long).toEqual([])
  })

  test.skipIf(path === 'docs/errors.md')('has one sentence a line', () => {
    const wrong = proseBlocks(text).flatMap(({ line, lines }) =>
      lines.flatMap((one, index) => {
        const plain = withoutInlineCode(one).replace(/\b(e\.g|i\.e|etc)\./g, '$1')
        const problems: string[] = []
        if (/[.!?][)*_]*\s+\S/.test(plain)) problems.push('two sentences on a line')
        if (index < lines.length - 1 && !/[.!?:][)*_]*$/.test(plain)) problems.push('a sentence over two lines')
        if (one.length > LONGEST_LINE) problems.push(`${one.length} characters`)
        return problems.map((problem) => `${line + index}: ${problem}: ${one}`)
      }),
    )
    expect(wrong).toEqual([])
  })
})

test('error messages and hints use no banned word', () => {
  const wrong = errorCodes.flatMap((code) => {
    const { message, hints } = errorPage(code)
    return findBanned(withoutInlineCode([message, ...hints].join('\n'))).map((found) => `${code}: ${found}`)
  })
  expect(wrong).toEqual([])
})

/** Everything besides Markdown whose comments, messages and names people read: files and folders, by path from the project. */
const READ_BY_PEOPLE = ['src', 'cluster.yaml', 'profiles', 'seeds', 'debian-13', 'test/boot']

/** Gives the text of a file on one line, without the marks that start its comments and the names of shell variables. */
function readAsProse(path: string): string {
  const text = readFileSync(join(projectFolder, path), 'utf8')
  const prose = path.endsWith('.sh') ? text.replace(/\$\{?\w+|^ *\w+=/gm, '') : text
  return prose.replace(/^ *\/\*\*/gm, '. ').replace(/\s+(?:(?:\*|\/\/|#) )?\s*/g, ' ')
}

function filesBelow(path: string): readonly string[] {
  if (statSync(join(projectFolder, path)).isFile()) return [path]
  return readdirSync(join(projectFolder, path), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() || entry.isFile())
    .flatMap(({ name }) => filesBelow(`${path}/${name}`))
}

test.each(READ_BY_PEOPLE)('comments, messages and names of %s use no banned word', (path) => {
  const wrong = filesBelow(path).flatMap((file) => findBanned(readAsProse(file)).map((found) => `${file}: ${found}`))
  expect(wrong).toEqual([])
})

test('the checks find what is wrong', () => {
  expect(findBanned('Get it anew: the file lies in a folder of its own.')).toHaveLength(3)
  expect(findBanned('Download it again. The foundation holds.')).toEqual([])
  expect(tableCells('| a | b |\n| --- | --- |\n| `x|y` z | One. Two. |')).toContainEqual({
    line: 3,
    lines: ['One. Two.'],
  })
  expect(sentencesOf(['One. Two', 'goes on. `a. b` is one.'])).toEqual(['One.', 'Two goes on.', 'CODE is one.'])
})
