import { closeSync, existsSync, openSync, readdirSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { claimPartialDownload, loadPartialDownload, notePartialDownload } from '../../src/download/partial-download.ts'
import { describeThisProcess, type LockHolder } from '../../src/host/lock-holder.ts'
import { temporaryFolder } from '../support/small-image.ts'

const KEY = 'c0ffee'
const OTHER = 'decade.partial'
const note = { etag: '"1"', lastModified: null, totalBytes: 10 }

let folder = ''
beforeEach(() => {
  folder = temporaryFolder()
  writeFileSync(join(folder, OTHER), 'other')
})

/** A partial download that a process left, or still writes. */
async function left(name: string, content: string, holder?: LockHolder | null): Promise<string> {
  const path = join(folder, name)
  writeFileSync(path, content)
  await notePartialDownload(path, note)
  if (holder !== undefined) writeFileSync(`${path}.json`, JSON.stringify({ ...note, holder }))
  return path
}

const claim = (): Promise<string> => claimPartialDownload(join(folder, KEY))
const namesOf = (claimed: string): readonly string[] =>
  readdirSync(folder)
    .map((name) => join(folder, name).replace(claimed, 'claimed'))
    .filter((name) => !name.endsWith(OTHER))
    .sort()

async function deadHolder(): Promise<LockHolder> {
  const own = (await describeThisProcess()) ?? expect.fail('this system does not describe processes')
  // A process that has this id now was started later.
  return { ...own, start: '1' }
}

test('a first download has a file that nobody else has', async () => {
  const [one, two] = [await claim(), await claim()]
  expect(one).not.toBe(two)
  expect(namesOf(one)).toEqual([])
})

test.skipIf(process.platform !== 'linux')('the file of a dead process is taken as it is', async () => {
  const path = await left(`${KEY}.partial`, 'abcde', await deadHolder())
  const { ino } = statSync(path)
  const claimed = await claim()
  expect([readFileSync(claimed, 'utf8'), statSync(claimed).ino]).toEqual(['abcde', ino])
  expect(namesOf(claimed)).toEqual(['claimed', 'claimed.json'])
  expect(await loadPartialDownload(claimed)).toEqual({ ...note, byteLength: 5 })
  expect(JSON.parse(readFileSync(`${claimed}.json`, 'utf8'))).toEqual({ ...note, holder: await describeThisProcess() })
})

describe('a process that may live', () => {
  test.each([
    ['is this one', undefined],
    ['is of another machine', { place: 'elsewhere', pid: 1, start: '1' }],
    ['is not known', null],
  ])('and %s writes nothing into the claimed file', async (_, holder) => {
    const path = await left(`${KEY}.6f1f6a4e-97a3-4c32-9c0e-0f6c9a3f1b7d.partial`, 'abcde', holder)
    const writer = openSync(path, 'r+')
    const claimed = await claim()
    writeSync(writer, 'XXXXXXX', 0)
    closeSync(writer)
    expect(readFileSync(claimed, 'utf8')).toBe('abcde')
    expect(namesOf(claimed)).toEqual(['claimed', 'claimed.json'])
  })
})

test('the longest download with a note is resumed, and all others of the same file are removed', async () => {
  await left(`${KEY}.partial`, 'abc')
  await left(`${KEY}.6f1f6a4e-97a3-4c32-9c0e-0f6c9a3f1b7d.partial`, 'abcdef')
  await left(`${KEY}.7f1f6a4e-97a3-4c32-9c0e-0f6c9a3f1b7d.partial`, 'abcd')
  writeFileSync(join(folder, `${KEY}.8f1f6a4e-97a3-4c32-9c0e-0f6c9a3f1b7d.partial`), 'without a note')
  const claimed = await claim()
  expect(readFileSync(claimed, 'utf8')).toBe('abcdef')
  expect(namesOf(claimed)).toEqual(['claimed', 'claimed.json'])
  expect(existsSync(join(folder, OTHER))).toBe(true)
})
