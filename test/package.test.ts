// @module-tag slow
/** What somebody has who installs the package, or runs it by npx. */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testWithRegistry } from './support/npm-registry.ts'
import {
  installPackage,
  npm,
  type PackedPackage,
  packPackage,
  projectFolder,
  removePackage,
} from './support/packed-package.ts'

const TIMEOUT_MS = 300_000
let packed: PackedPackage

beforeAll(() => {
  packed = packPackage()
}, TIMEOUT_MS)
afterAll(() => {
  removePackage(packed)
})

testWithRegistry(
  'installing the package runs no script and warns of none; init then refers into it',
  () => {
    const { installed, output } = installPackage(packed)
    expect(output).not.toMatch(/warn|script/i)
    npm(installed, ['exec', '--', 'bantam', 'init', '--json'])
    expect(readdirSync(installed).sort()).toEqual(['cluster.yaml', 'node_modules', 'package-lock.json', 'package.json'])
    expect(schemaOf(installed)).toMatchObject({ title: 'cluster.yaml of bantam' })
  },
  TIMEOUT_MS,
)

testWithRegistry(
  'npx runs it by its own name; init writes the schema beside the file',
  () => {
    const folder = join(packed.folder, 'npx')
    mkdirSync(folder)
    const output = npm(folder, ['exec', '--yes', `--package=${packed.tarball}`, '--', 'bantam-k3s', 'init'], {
      npm_config_cache: join(packed.folder, 'cache'),
    })
    expect(output).toContain('Next: npx bantam-k3s plan, then npx bantam-k3s build-image.')
    expect(readdirSync(folder).sort()).toEqual(['bantam.schema.json', 'cluster.yaml'])
    expect(schemaOf(folder)).toMatchObject({ title: 'cluster.yaml of bantam' })
  },
  TIMEOUT_MS,
)

/** The schema that the first line of a cluster file refers to. */
function schemaOf(folder: string): unknown {
  const [, reference = ''] = /\$schema=(\S+)/.exec(readFileSync(join(folder, 'cluster.yaml'), 'utf8')) ?? []
  expect(reference).toMatch(/^\.\//)
  const schema = JSON.parse(readFileSync(join(folder, reference), 'utf8')) as object
  expect(schema).not.toHaveProperty('$id')
  return schema
}

test('nothing sends anyone to the npm package of a stranger', () => {
  const texts = ['README.md', 'CHANGELOG.md', 'docs', 'src', 'seeds'].flatMap((name) =>
    filesOf(join(projectFolder, name)),
  )
  const wrong = texts.filter((path) =>
    /np(x|m exec|m i|m install)( -\S+)* bantam(?!-k3s)\b/.test(readFileSync(path, 'utf8')),
  )
  expect(wrong).toEqual([])
})

function filesOf(path: string): readonly string[] {
  if (/\.\w+$/.test(path)) return [path]
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesOf(join(path, entry.name)) : [join(path, entry.name)],
  )
}
