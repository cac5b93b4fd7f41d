/** The rules of docs/glossary.md for what people read: docs, error messages and comments. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
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
  [/(^|[.:;] )who(ever)? /im, 'a noun'],
  [/\bstock (image|base|file)/i, 'preload image'],
  [/\bset apart\b/i, 'detached'],
]

/** Folders of `src/` whose comments still wait for their plain words. The list only shrinks. */
const COMMENTS_TO_DO: readonly string[] = []

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
    const long = proseBlocks(text).flatMap(({ line, lines }) =>
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

/** Finds banned words in the comments of a folder of `src/`. */
function findBannedComments(folder: string): readonly string[] {
  const below = join(projectFolder, 'src', folder)
  const files = readdirSync(below, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'))
  return files.flatMap((file) => {
    const comments = readFileSync(join(below, file), 'utf8').matchAll(/\/\*\*?[\s\S]*?\*\/|(?<=^|\s)\/\/ .*$/gm)
    return [...comments].flatMap(([comment]) =>
      findBanned(withoutInlineCode(comment.replace(/\n\s*\*/g, ' '))).map(
        (found) => `${folder}/${file.split(sep).join('/')}: ${found}`,
      ),
    )
  })
}

const folders = readdirSync(join(projectFolder, 'src'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)

test.each(folders.filter((folder) => !COMMENTS_TO_DO.includes(folder)))(
  'comments of src/%s use no banned word',
  (folder) => {
    expect(findBannedComments(folder)).toEqual([])
  },
)

test('the list of folders to do names no folder that is done', () => {
  expect(
    COMMENTS_TO_DO.filter((folder) => !folders.includes(folder) || findBannedComments(folder).length === 0),
  ).toEqual([])
})

test('the checks find what is wrong', () => {
  expect(findBanned('Get it anew: the file lies in a folder of its own.')).toHaveLength(3)
  expect(findBanned('Download it again. The foundation holds.')).toEqual([])
  expect(sentencesOf(['One. Two', 'goes on. `a. b` is one.'])).toEqual(['One.', 'Two goes on.', 'CODE is one.'])
})
