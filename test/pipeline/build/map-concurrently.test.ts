import { expect, test } from 'vitest'
import { mapConcurrently } from '../../../src/pipeline/build/map-concurrently.ts'

test('keeps order and limit', async () => {
  let atWork = 0
  let most = 0
  const results = await mapConcurrently([30, 5, 20, 1], 2, async (ms) => {
    most = Math.max(most, ++atWork)
    await new Promise((resolve) => setTimeout(resolve, ms))
    atWork--
    return ms * 2
  })
  expect(results).toEqual([60, 10, 40, 2])
  expect(most).toBe(2)
})

test('starts nothing after a failure, and throws it when the rest has ended', async () => {
  const started: number[] = []
  let ended = false
  const all = mapConcurrently([0, 1, 2, 3], 2, async (index) => {
    started.push(index)
    if (index === 0) throw new Error('first')
    await new Promise((resolve) => setTimeout(resolve, 20))
    ended = true
  })
  await expect(all).rejects.toThrow('first')
  expect(started).toEqual([0, 1])
  expect(ended).toBe(true)
})
