// @module-tag slow
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, vi } from 'vitest'
import { errorOf, listFiles, project } from '../support/cli-project.ts'
import { bantam } from '../support/run-cli.ts'
import { smallImage, temporaryFolder, testWithImages as test } from '../support/small-image.ts'
import { debugfs, expectSound, volumesOf } from '../support/validate-image.ts'
import { run } from '../support/validators.ts'

interface Built {
  readonly artifacts: readonly { readonly path: string; readonly sha256: string }[]
  readonly warnings: readonly { readonly code: string; readonly message: string; readonly hint: string }[]
}

async function build(folder: string, base: string, ...options: readonly string[]): Promise<Built> {
  const built = await bantam(folder, ['build-image', '--node', 'worker-1', '--base', base, '--json', ...options])
  expect(built.status, built.stderr).toBe(0)
  return JSON.parse(built.stdout) as Built
}

/** Marks the boot volume as in use, and blocks of the root as belonging to nothing. */
function spoil(image: string): void {
  const { boot, root } = volumesOf(image)
  const bytes = readFileSync(image)
  bytes.writeUInt8(1, boot.byteStart + 65)
  writeFileSync(image, bytes)
  run('debugfs', ['-w', '-R', 'setb 9000 20', `${image}?offset=${root.byteStart}`])
}

/** Hides the programs of the machine behind ones that fail. */
function withoutRepairPrograms(): void {
  const folder = temporaryFolder()
  for (const name of ['e2fsck', 'fsck.fat']) writeFileSync(join(folder, name), '#!/bin/sh\nexit 127\n', { mode: 0o755 })
  vi.stubEnv('PATH', `${folder}:${process.env.PATH ?? ''}`)
  onTestFinished(() => {
    vi.unstubAllEnvs()
  })
}

test('--repair builds from a repaired copy, which the next build finds; the file stays as it is', async () => {
  const folder = project()
  const base = smallImage('raspios', folder)
  spoil(base)
  const before = readFileSync(base)
  const refused = await bantam(folder, ['build-image', '--node', 'worker-1', '--base', base, '--json'])
  expect(refused.status).toBe(2)
  expect(errorOf(refused.stdout)).toMatchObject({
    code: 'FAT_DIRTY',
    hint: expect.stringContaining('--repair') as string,
  })

  const { artifacts, warnings } = await build(folder, base, '--format', 'img', '--repair')
  const image = artifacts[0]?.path ?? ''
  expectSound(image)
  expect(debugfs(image, 'cat /etc/hostname')).not.toBe('')
  expect(warnings).toMatchObject([
    { code: 'IMAGE_REPAIRED', message: expect.stringMatching(/raspios\.img are damaged.*was not unmounted/) as string },
  ])
  expect(readFileSync(base).equals(before)).toBe(true)

  withoutRepairPrograms()
  const again = await build(folder, base, '--format', 'img', '--repair')
  expect(again.artifacts[0]?.sha256).toBe(artifacts[0]?.sha256)
  expect(again.warnings.map(({ code }) => code)).toEqual(['IMAGE_REPAIRED'])
})

test('--repair repairs what an .xz holds, and keeps the .xz and what the cache has of it', async () => {
  const folder = project()
  const base = smallImage('raspios', folder)
  spoil(base)
  const raw = readFileSync(base)
  expect(run('xz', ['-0', '--block-size=4MiB', base]).status).toBe(0)
  const packed = readFileSync(`${base}.xz`)
  const { artifacts, warnings } = await build(folder, `${base}.xz`, '--repair')
  expect(warnings.map(({ code }) => code)).toEqual(['IMAGE_REPAIRED'])
  const result = artifacts[0]?.path ?? ''
  expect(run('xz', ['-dk', result]).status).toBe(0)
  expectSound(result.replace(/\.xz$/, ''))
  expect(readFileSync(`${base}.xz`).equals(packed)).toBe(true)
  const kept = listFiles(folder)
    .filter((path) => path.endsWith('base.img'))
    .map((path) => readFileSync(path))
  expect(kept.filter((bytes) => bytes.equals(raw)).length).toBe(1)
  expect(kept.length).toBe(2)
})

test('--repair changes nothing for a sound image, and needs no programs', async () => {
  const folder = project()
  const base = smallImage('raspios', folder)
  const plain = await build(folder, base, '--format', 'img')
  withoutRepairPrograms()
  const repaired = await build(folder, base, '--format', 'img', '--repair')
  expect(repaired.artifacts[0]?.sha256).toBe(plain.artifacts[0]?.sha256)
  expect(repaired.warnings).toEqual([])
})

test('a damaged image without programs ends with the packages to install', async () => {
  const folder = project()
  const base = smallImage('raspios', folder)
  spoil(base)
  withoutRepairPrograms()
  const built = await bantam(folder, ['build-image', '--node', 'worker-1', '--base', base, '--repair', '--json'])
  expect(built.status).toBe(1)
  expect(errorOf(built.stdout)).toMatchObject({
    code: 'IMAGE_REPAIR_TOOL_MISSING',
    hint: expect.stringContaining('apt-get install dosfstools') as string,
  })
  expect(listFiles(folder).filter((path) => path.includes('.partial'))).toEqual([])
})
