import { expect, test } from 'vitest'
import { warnOfMemory } from '../../../src/pipeline/build/warn-of-memory.ts'

const artifacts = [
  { path: 'out/home/server-1.img', readFrom: 'disk' },
  { path: 'out/home/worker-1.img', readFrom: 'memory' },
  { path: 'out/home/worker-2.img', readFrom: 'memory' },
] as const

test('names the flushed images that were not read from the disk', () => {
  const [problem, ...others] = warnOfMemory(artifacts, { flush: true })
  expect([problem?.code, problem?.severity, others]).toEqual(['OUTPUT_READ_FROM_MEMORY', 'warning', []])
  expect(problem?.message).toContain('out/home/worker-1.img, out/home/worker-2.img.')
  expect(problem?.message).not.toContain('server-1')
})

test('says nothing where all were, or where nothing was to be flushed', () => {
  expect(warnOfMemory(artifacts.slice(0, 1), { flush: true })).toEqual([])
  expect(warnOfMemory(artifacts, { flush: false })).toEqual([])
})
