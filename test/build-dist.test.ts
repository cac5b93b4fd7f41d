// @module-tag slow
/** What every test run does first: threads and processes of tests load `dist`, which must be what the sources say. */
import { execFile } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { buildDist } from '../scripts/build-dist.mjs'
import { temporaryFolder } from './support/small-image.ts'

const projectFolder = fileURLToPath(new URL('..', import.meta.url))

/** A project with these sources, the compiler and the settings of ours. */
function scratchProject(sources: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder()
  for (const name of ['package.json', 'tsconfig.json', 'tsconfig.build.json'])
    cpSync(join(projectFolder, name), join(folder, name))
  mkdirSync(join(folder, 'node_modules'))
  for (const name of readdirSync(join(projectFolder, 'node_modules')).filter((name) => !name.startsWith('.')))
    symlinkSync(join(projectFolder, 'node_modules', name), join(folder, 'node_modules', name))
  for (const [path, text] of Object.entries(sources)) {
    mkdirSync(join(folder, 'src', path, '..'), { recursive: true })
    writeFileSync(join(folder, 'src', path), text)
  }
  return folder
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
}

const small = {
  'index.ts': "export { two } from './numbers/two.ts'\n",
  'numbers/two.ts': 'export const two: number = 2\n',
}

test('a changed source reaches dist, an unchanged project is left alone', async () => {
  const folder = scratchProject(small)
  const built = join(folder, 'dist/numbers/two.js')
  expect(await buildDist(folder)).toBe('built')
  expect(await buildDist(folder)).toBe('fresh')
  writeFileSync(join(folder, 'src/numbers/two.ts'), 'export const two: number = 3\n')
  expect(await buildDist(folder)).toBe('built')
  expect(readFileSync(built, 'utf8')).toBe('export const two = 3;\n')
  // Whoever else writes into dist does not last.
  writeFileSync(built, 'export const two = 4;\n')
  expect(await buildDist(folder)).toBe('built')
  expect(readFileSync(built, 'utf8')).toBe('export const two = 3;\n')
})

test('output of a deleted or renamed source is removed from dist', async () => {
  const folder = scratchProject({ ...small, 'old/only.ts': 'export const only = 1\n' })
  await buildDist(folder)
  renameSync(join(folder, 'src/old'), join(folder, 'src/new'))
  writeFileSync(join(folder, 'dist/stray.js'), '')
  await buildDist(folder)
  expect(filesIn(join(folder, 'dist'))).toEqual([
    'index.d.ts',
    'index.js',
    'new',
    'new/only.d.ts',
    'new/only.js',
    'numbers',
    'numbers/two.d.ts',
    'numbers/two.js',
  ])
})

test('sources that do not compile fail every time, with the words of the compiler, and leave dist as it was', async () => {
  const folder = scratchProject(small)
  await buildDist(folder)
  writeFileSync(join(folder, 'src/numbers/two.ts'), "export const two: number = 'two'\n")
  for (let attempt = 0; attempt < 2; attempt += 1)
    await expect(buildDist(folder)).rejects.toThrow(/do not compile[^]*src\/numbers\/two\.ts\(1,14\): error TS2322/)
  expect(readFileSync(join(folder, 'dist/numbers/two.js'), 'utf8')).toBe('export const two = 2;\n')
  writeFileSync(join(folder, 'src/numbers/two.ts'), small['numbers/two.ts'])
  await buildDist(folder)
  expect(await buildDist(folder)).toBe('fresh')
})

test('of two runs that start at once, one builds and both use all of dist; a dead run does not block', async () => {
  const folder = scratchProject(small)
  const module = pathToFileURL(join(projectFolder, 'scripts/build-dist.mjs')).href
  const script = `
    import { buildDist } from '${module}'
    const result = await buildDist('${folder}')
    const { two } = await import('${pathToFileURL(folder).href}/dist/index.js')
    console.log(result, two)
  `
  // The number of a process that has ended.
  const { pid } = await new Promise<{ pid: number | undefined }>((done) => {
    const child = execFile(process.execPath, ['-e', ''], () => {
      done({ pid: child.pid })
    })
  })
  const lock = join(folder, 'node_modules/.cache/bantam-build/lock')
  mkdirSync(join(lock, '..'), { recursive: true })
  writeFileSync(lock, String(pid))
  const runs = await Promise.all(
    [1, 2, 3].map(() => promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])),
  )
  expect(runs.map(({ stdout }) => stdout).sort()).toEqual(['built 2\n', 'fresh 2\n', 'fresh 2\n'])
  expect(existsSync(lock)).toBe(false)
})

test('a broken writeStream reaches the file that the threads load', async () => {
  const folder = scratchProject({})
  cpSync(join(projectFolder, 'src'), join(folder, 'src'), { recursive: true })
  const source = join(folder, 'src/xz/container/write-stream.ts')
  const sound = readFileSync(source, 'utf8')
  const broken = sound.replace(
    /(export async function writeStream\([^]*?\{\n)(?= {2}const)/,
    "$1  if (path !== '') throw new Error('deliberately broken')\n",
  )
  expect(broken).not.toBe(sound)
  const load = async (attempt: number): Promise<unknown> => {
    const { writeStream } = (await import(
      `${pathToFileURL(join(folder, 'dist/xz/container/write-stream.js')).href}?${attempt}`
    )) as { writeStream: (...parameters: unknown[]) => Promise<unknown> }
    return writeStream(join(folder, 'no/such/folder'), { segments: [], check: 'CRC32' }, () => undefined)
  }
  writeFileSync(source, broken)
  await buildDist(folder)
  await expect(load(1)).rejects.toThrow('deliberately broken')
  writeFileSync(source, sound)
  await buildDist(folder)
  await expect(load(2)).rejects.toThrow('ENOENT')
})
