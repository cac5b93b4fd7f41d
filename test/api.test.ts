// @module-tag slow
/** The examples of docs/api.md, run from the packed tarball by each release line of Node.js. `scripts/install-nodes.sh` brings those. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as bantam from '../src/index.ts'
import { changeBootFile } from './boot/change-boot-file.ts'
import { CLUSTER } from './support/cli-project.ts'
import { registryAnswers, testWithRegistry } from './support/npm-registry.ts'
import {
  installPackage,
  type PackedPackage,
  packPackage,
  projectFolder,
  removePackage,
} from './support/packed-package.ts'
import { makeSmallImage, testWithImages } from './support/small-image.ts'
import { hasProgram, run } from './support/validators.ts'

interface Example {
  /** The heading that it stands below. */
  readonly name: string
  readonly code: string
  readonly output: string
}

const page = readFileSync(join(projectFolder, 'docs/api.md'), 'utf8')
const examples = readExamples(page)
const FAKE_QEMU = join(projectFolder, 'test/fixtures/fake-qemu')
/** The stand-in for QEMU takes the kernel for what to print. */
const KERNEL = 'print Linux version 6.12\nprint Cloud-init v. 25.1.4 finished at now\n'
/** Fifteen programs for each Node.js, among them two builds. */
const TIMEOUT_MS = 600_000
let packed: PackedPackage
let folder: string

beforeAll(() => {
  packed = packPackage()
  if (!registryAnswers) return
  folder = installPackage(packed).installed
  for (const { name, code } of examples) writeFileSync(join(folder, `${name}.ts`), code)
  compile('nodenext', ['--outDir', 'compiled'])
}, TIMEOUT_MS)
afterAll(() => {
  removePackage(packed)
})

function readExamples(text: string): readonly Example[] {
  const found: Example[] = []
  for (const section of text.split(/^#{2,3} /m).slice(1)) {
    const name = section.slice(0, section.indexOf('\n')).replaceAll(' ', '-')
    const [, code] = /^```ts\n(.*?)^```$/ms.exec(section) ?? []
    if (code !== undefined) found.push({ name, code, output: outputOf(code) })
  }
  return found
}

/** What the comments say that is printed. */
function outputOf(code: string): string {
  const comments = [...code.matchAll(/^(?:.*console\.log\(.*\) )?\/\/ (.*)$/gm)]
  return comments.map(([, comment = '']) => `${comment}\n`).join('')
}

/** Compiles the examples against the packed types, as strict as can be. */
function compile(resolution: 'bundler' | 'nodenext', options: readonly string[]): void {
  const { status, output } = run(
    process.execPath,
    [
      ...[join(projectFolder, 'node_modules/typescript/bin/tsc'), '--ignoreConfig', '--strict', '--target', 'es2022'],
      ...['--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess', '--noPropertyAccessFromIndexSignature'],
      ...['--module', resolution === 'nodenext' ? 'nodenext' : 'esnext', '--moduleResolution', resolution],
      ...['--types', 'node', '--typeRoots', join(projectFolder, 'node_modules/@types'), ...options],
      ...examples.map(({ name }) => `${name}.ts`),
    ],
    { cwd: folder },
  )
  expect(status, output).toBe(0)
}

test('every exported function has an example, and every example is of one', () => {
  const functions = Object.keys(bantam).filter((name) => name !== 'BuildError')
  const names = examples.map(({ name }) => name).filter((name) => name !== 'Progress-and-interruption')
  expect([...names].sort()).toEqual(functions.sort())
  expect(page).toContain('### BuildError\n')
})

testWithRegistry('the types of the package are found by bundlers too', () => {
  compile('bundler', ['--noEmit'])
})

testWithRegistry('the types of the package refuse unknown names', () => {
  const call = "import { plan } from 'bantam-k3s'\nawait plan({ cluster: 'cluster.yaml', profile: 'worker' })\n"
  writeFileSync(join(folder, 'wrong.ts'), call)
  expect(() => {
    compile('nodenext', ['--noEmit', 'wrong.ts'])
  }).toThrow(/'profile' does not exist in type 'PlanOptions'/)
})

describe.each(['20', '22', '24'])('under Node.js %s', (version) => {
  const node = findNode(version)
  const testExamples = node !== null && registryAnswers && hasProgram('qemu-img') ? testWithImages : test.skip

  testExamples(
    'every example prints what the page says',
    () => {
      const program = node ?? ''
      expect(run(program, ['--version']).output).toMatch(new RegExp(`^v${version}\\.`))
      const place = join(folder, `run-${version}`)
      makePlace(place)
      for (const { name, output } of examples) {
        const ran = run(program, [`${name}.js`], { cwd: place, env: environmentOf(place) })
        expect(ran, name).toEqual({ status: 0, output })
      }
    },
    TIMEOUT_MS,
  )
})

/** Looks for a release line of Node.js: the one that runs this test, or one of `BANTAM_NODES`. Required in CI. */
function findNode(version: string): string | null {
  if (process.versions.node.startsWith(`${version}.`)) return process.execPath
  const path = join(process.env.BANTAM_NODES ?? '', 'node_modules', `node-${version}`, 'bin', 'node')
  if (existsSync(path)) return path
  if (process.env.CI === 'true') throw new Error(`Node.js ${version} is required in CI: scripts/install-nodes.sh`)
  return null
}

/** A folder as the page says: with a cluster file, and here with a base image that needs no network. */
function makePlace(place: string): void {
  mkdirSync(place)
  symlinkSync(join(folder, 'node_modules'), join(place, 'node_modules'))
  copyFileSync(join(folder, 'package.json'), join(place, 'package.json'))
  for (const name of readdirSync(join(folder, 'compiled')))
    copyFileSync(join(folder, 'compiled', name), join(place, name))
  makeSmallImage('raspios', join(place, 'raspios.img'))
  changeBootFile(join(place, 'raspios.img'), 'kernel8.img', () => KERNEL)
  writeFileSync(join(place, 'cluster.yaml'), `os: ./raspios.img\n${CLUSTER}`)
}

function environmentOf(place: string): NodeJS.ProcessEnv {
  return {
    HOME: place,
    BANTAM_CACHE: join(place, 'cache'),
    SOURCE_DATE_EPOCH: undefined,
    PATH: `${FAKE_QEMU}${delimiter}${process.env.PATH ?? ''}`,
  }
}
