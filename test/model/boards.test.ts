import { expect, test } from 'vitest'
import { type BoardFacts, boardModels, boardNames, findBoard, isTooSmallForServer } from '../../src/model/boards.ts'

test.each(Object.entries<BoardFacts>(boardModels))('the row of %s is whole', (name, row) => {
  expect(name).toMatch(/^[a-z0-9]+$/)
  expect(row.title).toMatch(/^(Raspberry Pi|Compute Module) \S/)
  expect(row.memoryMiB.least).toBeGreaterThanOrEqual(512)
  expect(row.memoryMiB.most).toBeGreaterThanOrEqual(row.memoryMiB.least)
  expect(row.modelFilters.length).toBeGreaterThan(0)
  // Every 64-bit board starts this one where there is no better.
  expect(row.kernels.at(-1)).toBe('kernel8.img')
})

test('only boards with a BCM2712 try the kernel with pages of 16 KiB', () => {
  // The filter [pi5] matches every board with that chip. Debian's kernel lacks its drivers.
  const withChip = boardNames.filter((name) => findBoard(name)?.modelFilters.includes('pi5'))
  expect(withChip).toContain('pi500')
  expect(boardNames.filter((name) => findBoard(name)?.kernels.includes('kernel_2712.img'))).toEqual(withChip)
  expect(boardNames.filter((name) => findBoard(name)?.debianKernel === false)).toEqual(withChip)
})

test('only boards of which no variant has 2 GiB are too small for a server, and any never is', () => {
  expect((['pi3', 'zero2w'] as const).every(isTooSmallForServer)).toBe(true)
  // Some variants of pi4 have 1 GiB, others have more.
  expect((['pi4', 'pi5', 'any'] as const).some(isTooSmallForServer)).toBe(false)
})
