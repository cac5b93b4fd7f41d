import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ensureDerivedImage } from '../../../src/base-images/cache/ensure-derived-image.ts'
import { expectRejection } from '../../support/expect-code.ts'
import { setUp } from '../../support/obtain-setting.ts'

/** A base in a folder, and a recipe that copies it behind the recipe's name. */
async function deriving() {
  const { folder, options } = await setUp()
  const basePath = join(folder, 'base.img')
  writeFileSync(basePath, 'first')
  let madeCount = 0
  const derive = async (recipe: string, meanwhile: () => void = () => undefined): Promise<string> => {
    const { raw } = await ensureDerivedImage({ ...options, basePath, recipe, source: 'my base' }, (path) => {
      madeCount += 1
      writeFileSync(path, `${recipe}: ${readFileSync(basePath, 'utf8')}`)
      meanwhile()
      return Promise.resolve()
    })
    return readFileSync(raw?.path ?? '', 'utf8')
  }
  return { basePath, derive, options, madeCount: () => madeCount }
}

test('a derived image is made once for each base and each recipe', async () => {
  const { derive, madeCount } = await deriving()
  expect([await derive('a'), await derive('a'), await derive('b'), await derive('a')]).toEqual([
    'a: first',
    'a: first',
    'b: first',
    'a: first',
  ])
  expect(madeCount()).toBe(2)
})

test('a base that was changed is another base, also with its earlier length and time of change', async () => {
  const { basePath, derive } = await deriving()
  utimesSync(basePath, 1_000_000, 1_000_000)
  expect(await derive('a')).toBe('a: first')
  writeFileSync(basePath, 'other')
  utimesSync(basePath, 1_000_000, 1_000_000)
  expect(await derive('a')).toBe('a: other')
})

test('a base that changes while the image is made gives an error that names it, and no entry', async () => {
  const { basePath, derive, options } = await deriving()
  const error = await expectRejection(
    'FILE_CHANGED',
    derive('a', () => {
      writeFileSync(basePath, 'changed')
    }),
  )
  expect(error.facts).toEqual({ file: 'my base' })
  expect(readdirSync(join(options.cacheFolder, 'images'))).toEqual([])
  expect(await derive('a')).toBe('a: changed')
})
