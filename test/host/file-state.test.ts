import { closeSync, openSync, renameSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { fileState, readDescriptorState, readFileState } from '../../src/host/file-state.ts'
import { temporaryFolder } from '../support/small-image.ts'

test('a state is another one after each change of a file, also with its earlier length and time', async () => {
  const path = join(temporaryFolder(), 'file')
  writeFileSync(path, 'one')
  utimesSync(path, 1000, 1000)
  const first = readFileState(path)
  expect(readFileState(path)).toBe(first)
  expect(await fileState(path)).toBe(first)
  const states = new Set([first])
  const changes = [
    () => {
      writeFileSync(path, 'two')
    },
    () => {
      writeFileSync(path, 'longer')
    },
    () => {
      utimesSync(path, 1000, 1000)
    },
    () => {
      writeFileSync(`${path}.new`, 'longer')
      utimesSync(`${path}.new`, 1000, 1000)
      renameSync(`${path}.new`, path)
    },
  ]
  for (const change of changes) {
    change()
    states.add(readFileState(path))
  }
  expect(states.size).toBe(changes.length + 1)
})

test('an open file keeps its state when its name goes to another file', () => {
  const path = join(temporaryFolder(), 'file')
  writeFileSync(path, 'one')
  const fd = openSync(path, 'r')
  onTestFinished(() => {
    closeSync(fd)
  })
  expect(readDescriptorState(fd)).toBe(readFileState(path))
  writeFileSync(`${path}.new`, 'two')
  renameSync(`${path}.new`, path)
  expect(readDescriptorState(fd)).not.toBe(readFileState(path))
})

test('a file that is missing is an error of the system', async () => {
  const path = join(temporaryFolder(), 'missing')
  expect(() => readFileState(path)).toThrow('ENOENT')
  await expect(fileState(path)).rejects.toThrow('ENOENT')
})
