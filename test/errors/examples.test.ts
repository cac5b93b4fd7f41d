import { readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { expect, test } from 'vitest'
import { describeError, errorCodes, exampleFacts, severityOf } from '../../src/errors.ts'

const src = join(import.meta.dirname, '../../src')

test.each(errorCodes)('the example of %s is a real case in full words', (code) => {
  const facts = exampleFacts(code)
  const { message, hint } = describeError(code, facts)
  expect(`${message}\n${hint}`).not.toMatch(/undefined|NaN|\[object|\bnull\b.*\bnull\b/)
  expect(message).not.toMatch(/[<>]/)
  expect(JSON.stringify({ facts })).not.toMatch(/[<>]/)
})

test('the codes marked as warnings are those that the code warns with', () => {
  const sources = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.startsWith(`errors${sep}`))
    .map((path) => readFileSync(join(src, path), 'utf8'))
  // Warnings that belong to no line of a file are put into words where they arise.
  const warned = sources.flatMap((text) => [...text.matchAll(/\b(?:warning|describeError)\(\s*'(\w+)'/g)])
  expect(warned.length).toBeGreaterThan(5)
  expect([...new Set(warned.map(([, code]) => code))].sort()).toEqual(
    errorCodes.filter((code) => severityOf(code) === 'warning').sort(),
  )
})
