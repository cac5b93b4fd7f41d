import { expect, test } from 'vitest'
import { errorCodes } from '../../../src/errors.ts'
import { errorPage } from '../../../src/pipeline/explain/explain-error.ts'
import { explainWord, listExplainedWords } from '../../../src/pipeline/explain/explain-word.ts'
import type { ExplainedWord } from '../../../src/pipeline/explain/explained-word.ts'
import { expectCode, expectRejection } from '../../support/expect-code.ts'

const table = (...words: readonly string[]): readonly ExplainedWord[] =>
  words.map((word) => ({ kind: 'error', word, page: () => `The page of ${word}.` }))

test('words of each table are found', () => {
  const tables = [table('ONE', 'TWO'), table('THREE')]
  expect(explainWord('two', tables)).toEqual({ kind: 'error', word: 'TWO', page: 'The page of TWO.' })
  expect(explainWord('three', tables).page).toBe('The page of THREE.')
  expectCode('USAGE_WORD_UNKNOWN', () => explainWord('four', tables))
})

test('a word in two tables is refused, in any case', () => {
  const { facts } = expectCode('BUG', () => explainWord('one', [table('ONE', 'TWO'), table('two')]))
  expect(facts).toMatchObject({ state: 'two is explained as error and as error' })
})

test('every error code is a word, and no word is in two tables', () => {
  expect(listExplainedWords().map(({ word }) => word)).toEqual(expect.arrayContaining([...errorCodes]))
})

test('a page explains a code and what to do, for a word in any case', () => {
  const { kind, word, page } = explainWord('base_file_missing')
  expect([kind, word]).toEqual(['error', 'BASE_FILE_MISSING'])
  expect(page).toMatch(/^BASE_FILE_MISSING\n\nArea: {5}Base images\nKind: {5}Something in your files/)
  expect(page).toContain('  There is no file <file>.\n')
  expect(page).toMatch(/What to do:\n {2}Check the path\./)
  expect(page).toMatch(
    /\n\nExample:\n {2}error BASE_FILE_MISSING: There is no file \/home\/\S+\.\n {4}Check the path\..*\n$/,
  )
})

test('the page of a warning says that it is one', () => {
  const { page } = explainWord('K3S_ETCD_EVEN')
  expect(page).toContain('\nKind:     A warning: the command goes on.\n')
  expect(page).toContain('\n  warning K3S_ETCD_EVEN: A cluster of 2 etcd servers')
})

test('advice that depends on a better word is printed in both variants', () => {
  expect(errorPage('TIMEZONE_UNKNOWN').hints).toEqual([
    'Did you mean `<suggestion>`?',
    'Use a name of the IANA time zone database, such as `Europe/London` or `Etc/UTC`.',
  ])
})

test.each(errorCodes)('%s can be described without facts', (code) => {
  const { message, hints, area } = errorPage(code)
  expect(area).not.toBe('')
  expect([message, ...hints].join('\n')).not.toMatch(/undefined|NaN|\[object|null\b.*null\b|<\$|<toString>/)
  expect(hints.every((hint) => hint.trim() !== '')).toBe(true)
})

test('the error for an unknown word names the nearest one', async () => {
  const explain = (word: string): Promise<unknown> => Promise.resolve().then(() => explainWord(word))
  expect((await expectRejection('USAGE_WORD_UNKNOWN', explain('OUTPUT_EXIST'))).hint).toBe(
    'Did you mean `OUTPUT_EXISTS`?',
  )
  expect((await expectRejection('USAGE_WORD_UNKNOWN', explain('banana'))).hint).toContain('docs/errors.md')
})
