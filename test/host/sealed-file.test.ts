import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { discardPartial, isSealed, sealFile } from '../../src/host/sealed-file.ts'
import { temporaryFolder } from '../support/small-image.ts'

/** More than one piece of reading, and no whole number of them. */
const content = Buffer.alloc(2_500_000, 'block')
let folder: string
let path: string
beforeEach(() => {
  folder = temporaryFolder()
  path = join(folder, '7.raw')
})

function seal(): void {
  writeFileSync(`${path}.partial`, content)
  sealFile(`${path}.partial`, path)
}

test('a sealed file has its bytes, and a note with their SHA-256 that only its owner reads', () => {
  seal()
  expect(readdirSync(folder).sort()).toEqual(['7.raw', '7.raw.sha256'])
  expect(readFileSync(path).equals(content)).toBe(true)
  expect(readFileSync(`${path}.sha256`, 'utf8')).toBe(createHash('sha256').update(content).digest('hex'))
  expect(statSync(`${path}.sha256`).mode & 0o777).toBe(0o600)
  expect(isSealed(path)).toBe(true)
})

test('a file is not sealed after a change of one byte, or of its length, and without its note', () => {
  seal()
  const changed = Buffer.from(content)
  changed[changed.length - 1] = 0
  for (const bytes of [changed, content.subarray(1), Buffer.concat([content, Buffer.alloc(1)]), Buffer.alloc(0)]) {
    writeFileSync(path, bytes)
    expect(isSealed(path)).toBe(false)
  }
  writeFileSync(path, content)
  expect(isSealed(path)).toBe(true)
  rmSync(`${path}.sha256`)
  expect(isSealed(path)).toBe(false)
  rmSync(path)
  expect(isSealed(path)).toBe(false)
})

test('another writer of the same partial file is an error', () => {
  writeFileSync(`${path}.partial`, content)
  writeFileSync(`${path}.partial.note`, '')
  expect(() => {
    sealFile(`${path}.partial`, path)
  }).toThrow('EEXIST')
  expect(existsSync(path)).toBe(false)
})

test('what is discarded is gone with its note, and nothing else, and nothing is an error', () => {
  for (const name of ['7.raw', '7.raw.partial', '7.raw.partial.note']) writeFileSync(join(folder, name), '')
  discardPartial(`${path}.partial`)
  discardPartial(`${path}.partial`)
  expect(readdirSync(folder)).toEqual(['7.raw'])
  mkdirSync(`${path}.partial`)
  writeFileSync(`${path}.partial.note`, '')
  discardPartial(`${path}.partial`)
  expect(readdirSync(folder)).toEqual(['7.raw', '7.raw.partial'])
})
