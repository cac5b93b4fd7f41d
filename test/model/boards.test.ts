import { expect, test } from 'vitest'
import { type BoardFacts, boardModels, boardNames, boards, isTooSmallForServer } from '../../src/model/boards.ts'

test.each(Object.entries<BoardFacts>(boardModels))('the row of %s is whole', (name, row) => {
  expect(name).toMatch(/^[a-z0-9]+$/)
  expect(row.title).not.toBe('')
  expect(row.memoryMiB.least).toBeGreaterThanOrEqual(512)
  expect(row.memoryMiB.most).toBeGreaterThanOrEqual(row.memoryMiB.least)
  expect(row.modelFilters.length).toBeGreaterThan(0)
  // Every 64-bit board starts this one where there is no better.
  expect(row.kernels.at(-1)).toBe('kernel8.img')
})

test('only boards with a BCM2712 try the kernel with pages of 16 KiB', () => {
  const looking = boardNames.filter((name) => (boardModels[name] as BoardFacts).kernels[0] === 'kernel_2712.img')
  expect(looking).toEqual(['pi5', 'pi500', 'cm5'])
  expect(boardNames.filter((name) => !boardModels[name].debianKernel)).toEqual(looking)
})

test('only boards of which no variant has 2 GiB are too small for a server, and any never is', () => {
  expect(boards.filter(isTooSmallForServer)).toEqual(['pi3', 'zero2w'])
})
