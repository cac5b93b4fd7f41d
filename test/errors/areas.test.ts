import { existsSync, readdirSync, statSync } from 'node:fs'
import { join, sep } from 'node:path'
import { expect, test } from 'vitest'
import { errorCodes } from '../../src/errors.ts'
import { errorAreas, findErrorArea } from '../../src/errors/areas.ts'

const src = join(import.meta.dirname, '../../src')
const errorFiles = readdirSync(join(src, 'errors'), { recursive: true, encoding: 'utf8' })
  .map((path) => path.split(sep).join('/'))
  .filter((path) => path.endsWith('.ts'))

/** The codes that each file of `src/errors/` lists itself. */
const codesByFile = new Map<string, readonly string[]>()
for (const file of errorFiles.filter((path) => path !== 'config.ts')) {
  const exported = (await import(/* @vite-ignore */ join(src, 'errors', file))) as Record<string, unknown>
  const tables = Object.entries(exported).filter(([name]) => name.endsWith('Errors'))
  codesByFile.set(
    file,
    tables.flatMap(([, table]) => Object.keys(table as object)),
  )
}

test('every code starts with the prefix of an area', () => {
  expect(errorCodes.length).toBeGreaterThan(200)
  expect(errorCodes.filter((code) => findErrorArea(code) === null)).toEqual([])
})

test('every code is in the file of its area', () => {
  const listed = [...codesByFile].flatMap(([file, codes]) => codes.map((code) => ({ file, code })))
  expect(listed.map(({ code }) => code).sort()).toEqual([...errorCodes].sort())
  expect(listed.filter(({ file, code }) => findErrorArea(code)?.file !== file)).toEqual([])
})

test('every area has codes, a file and rooms that exist', () => {
  const used = new Set(errorCodes.map((code) => findErrorArea(code)?.prefix))
  expect(errorAreas.filter(({ prefix }) => !used.has(prefix))).toEqual([])
  expect(errorAreas.filter(({ file }) => !errorFiles.includes(file))).toEqual([])
  const rooms = errorAreas.flatMap(({ rooms }) => rooms)
  expect(rooms.filter((room) => !existsSync(join(src, room)) || !statSync(join(src, room)).isDirectory())).toEqual([])
})

test('the longest prefix wins', () => {
  expect(findErrorArea('CONFIG_TXT_LINE_INVALID')?.prefix).toBe('CONFIG_TXT')
  expect(findErrorArea('BUG')?.prefix).toBe('BUG')
  expect(findErrorArea('BUGLE_LOUD')).toBeNull()
})
