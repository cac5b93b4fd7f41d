import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { renamePath, renamePathSync } from '../../src/host/rename-path.ts'
import { temporaryFolder } from '../support/small-image.ts'

const soon = (work: () => void): Promise<void> => Promise.resolve().then(work)

/** A machine on which a virus scanner has a new file open: the first `count` renames fail. */
function scannedMachine(platform: NodeJS.Platform, code: string, count: number) {
  const seen = { renames: 0, waitedMs: 0 }
  const renameSync = (): void => {
    seen.renames++
    if (seen.renames <= count) throw Object.assign(new Error(code), { code })
  }
  const sleepSync = (ms: number): void => {
    seen.waitedMs += ms
  }
  const rename = (): Promise<void> => soon(renameSync)
  const sleep = (ms: number): Promise<void> =>
    soon(() => {
      sleepSync(ms)
    })
  return { seen, system: { platform, rename, renameSync, sleep, sleepSync } }
}

type Machine = ReturnType<typeof scannedMachine>['system']

describe.each([
  ['renamePath', (system: Machine) => renamePath('a', 'b', system)],
  [
    'renamePathSync',
    (system: Machine) =>
      soon(() => {
        renamePathSync('a', 'b', system)
      }),
  ],
])('%s', (_name, rename) => {
  test.each(['EPERM', 'EACCES', 'EBUSY'])(
    'tries again on Windows while another program blocks the file: %s',
    async (code) => {
      const { seen, system } = scannedMachine('win32', code, 3)
      await rename(system)
      expect(seen).toEqual({ renames: 4, waitedMs: 80 })
    },
  )

  test('gives up after a second and a half with the error of the system', async () => {
    const { seen, system } = scannedMachine('win32', 'EBUSY', Infinity)
    await expect(rename(system)).rejects.toMatchObject({ code: 'EBUSY' })
    expect(seen).toEqual({ renames: 8, waitedMs: 1580 })
  })

  test.each<[NodeJS.Platform, string]>([
    ['linux', 'EPERM'],
    ['darwin', 'EACCES'],
    ['win32', 'ENOENT'],
    ['win32', 'EXDEV'],
  ])('does not wait on %s for %s', async (platform, code) => {
    const { seen, system } = scannedMachine(platform, code, 1)
    await expect(rename(system)).rejects.toMatchObject({ code })
    expect(seen).toEqual({ renames: 1, waitedMs: 0 })
  })
})

test.each([
  ['renamePath', renamePath],
  [
    'renamePathSync',
    (from: string, to: string) =>
      soon(() => {
        renamePathSync(from, to)
      }),
  ],
])('%s replaces a file of this machine', async (_name, rename) => {
  const [from, to] = ['from', 'to'].map((name) => join(temporaryFolder(), name)) as [string, string]
  writeFileSync(from, 'new')
  writeFileSync(to, 'old')
  await rename(from, to)
  expect(readFileSync(to, 'utf8')).toBe('new')
})
