/** Holds the level table of ARCHITECTURE.md: who may import whom, and which package lives where. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const project = fileURLToPath(new URL('..', import.meta.url))
const src = join(project, 'src')

interface Import {
  readonly from: string
  /** Path below src, or the name of a package. */
  readonly to: string
  readonly kind: 'internal' | 'package' | 'node'
  readonly typeOnly: boolean
}

/** Rooms by path prefix, first match wins, with their level. */
const LEVELS: readonly (readonly [string, number])[] = [
  ['cli/', 9],
  ['index.ts', 9],
  ['pipeline/', 8],
  ['config/', 7],
  ['plan/', 7],
  ['render/', 7],
  ['os/', 7],
  ['image/', 7],
  ['artifact/', 7],
  ['emulator/', 7],
  ['secrets/', 7],
  ['model/', 6],
  ['fs/fat/', 5],
  ['fs/ext4/', 5],
  ['xz/', 5],
  ['trust/', 5],
  ['fs/', 4],
  ['partition/', 4],
  ['disk/', 3],
  ['bytes/', 2],
  ['errors/', 1],
  ['errors.ts', 1],
  ['units.ts', 1],
]

/** Rooms of a level whose members never import each other. */
const APART = new Set([5, 7])

const PACKAGE_HOMES: Readonly<Record<string, readonly string[]>> = {
  ajv: ['config/', 'secrets/'],
  yaml: ['config/', 'render/', 'secrets/'],
  handlebars: ['render/'],
  'node-fetch': ['os/'],
  'js-fatfs': ['fs/'],
  ext2fs: ['fs/'],
  'xz-decompress': ['xz/'],
  commander: ['cli/'],
  'cli-progress': ['cli/'],
  '@peculiar/x509': ['trust/'],
  'reflect-metadata': ['trust/'],
  'modern-tar': ['artifact/'],
  unixcrypt: ['render/'],
  'age-encryption': ['secrets/'],
}

function sourceFiles(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? sourceFiles(path) : path.endsWith('.ts') ? [path] : []
  })
}

function importsOf(path: string): readonly Import[] {
  const from = relative(src, path).split(sep).join('/')
  const text = readFileSync(path, 'utf8')
  const statements = text.matchAll(/(?:^|\n)\s*(?:import|export)\s+(type\s)?[^'"\n;]*?(?:\{[^}]*\})?[^'"\n;]*?from\s+'([^']+)'/g)
  const dynamic = text.matchAll(/(?:import|require\.resolve|import\.meta\.resolve)\('([^']+)'\)/g)
  const sideEffects = text.matchAll(/(?:^|\n)import\s+'([^']+)'/g)
  return [
    ...[...statements].map((match) => toImport(from, path, match[2] ?? '', match[1] !== undefined)),
    ...[...dynamic, ...sideEffects].map((match) => toImport(from, path, match[1] ?? '', false)),
  ]
}

function toImport(from: string, path: string, target: string, typeOnly: boolean): Import {
  if (target.startsWith('.')) {
    return { from, to: relative(src, resolve(dirname(path), target)).split(sep).join('/'), kind: 'internal', typeOnly }
  }
  if (target.startsWith('node:')) return { from, to: target, kind: 'node', typeOnly }
  const [scope = '', name = ''] = target.split('/')
  return { from, to: scope.startsWith('@') ? `${scope}/${name}` : scope, kind: 'package', typeOnly }
}

function roomOf(path: string): readonly [string, number] {
  const room = LEVELS.find(([prefix]) => path.startsWith(prefix))
  if (room === undefined) throw new Error(`${path} is in no room of the level table`)
  return room
}

function mayImport({ from, to, typeOnly }: Import): boolean {
  const [fromRoom, fromLevel] = roomOf(from)
  const [toRoom, toLevel] = roomOf(to)
  if (fromRoom === toRoom) return true
  // The list of errors is made of its areas; problems carry the shape of the list's facts.
  if (fromLevel === 1 && toLevel === 1) return true
  if (fromRoom === 'model/') return toLevel < 6 && (typeOnly || toLevel === 1)
  if (APART.has(fromLevel) && toLevel === fromLevel) return false
  return toLevel < fromLevel
}

const imports = sourceFiles(src).flatMap(importsOf)

test('the scan sees the imports', () => {
  expect(imports.length).toBeGreaterThan(200)
  expect(imports.filter((one) => one.kind === 'package').map((one) => one.to)).toEqual(expect.arrayContaining(Object.keys(PACKAGE_HOMES)))
})

test('every room imports lower rooms only, and never its neighbours', () => {
  const wrong = imports.filter((one) => one.kind === 'internal' && !mayImport(one))
  expect(wrong.map(({ from, to }) => `${from} -> ${to}`)).toEqual([])
})

test('packages stay at home', () => {
  const wrong = imports.filter((one) => one.kind === 'package' && !(PACKAGE_HOMES[one.to] ?? []).some((home) => one.from.startsWith(home)))
  expect(wrong.map(({ from, to }) => `${from} -> ${to}`)).toEqual([])
})

test('only os uses the network, and only cli the process', () => {
  const network = imports.filter((one) => /^node:(http|https|http2|tls|dgram|dns)/.test(one.to) && !one.from.startsWith('os/'))
  // The emulator reads a console line by line.
  const process = imports.filter((one) => /^node:(process|readline)/.test(one.to) && !/^(cli|emulator)\//.test(one.from))
  expect([...network, ...process].map(({ from, to }) => `${from} -> ${to}`)).toEqual([])
})

// isIP and its kin compute; a platform is a fact. The rest of these modules reaches out of the program.
test.each([
  ['node:net', /^isIP(v4|v6)?$/],
  ['node:os', /^platform$/],
])('outside cli and os, %s gives pure functions only', (module, allowed) => {
  for (const path of sourceFiles(src)) {
    // The emulator is spoken to through sockets of this machine.
    if (/src\/(cli|os|emulator)\//.test(path)) continue
    for (const match of readFileSync(path, 'utf8').matchAll(/import \{([^}]*)\} from '([^']+)'/g)) {
      if (match[2] !== module) continue
      for (const name of (match[1] ?? '').split(',')) expect(name.trim(), path).toMatch(allowed)
    }
  }
})

describe('house rules that a file can break', () => {
  test.each(sourceFiles(src).map((path) => relative(project, path)))('%s', (path) => {
    const text = readFileSync(join(project, path), 'utf8')
    expect(text.split('\n').length, 'lines').toBeLessThanOrEqual(401)
    expect(text).not.toMatch(/export default|\bany\b(?=[;,)>\]])|\benum \w+ \{|\bnamespace \w+ \{/)
  })

  test('no room has an index.ts or is named utils', () => {
    const names = sourceFiles(src).map((path) => relative(src, path))
    expect(names.filter((name) => /(^|\/)utils?\//.test(name) || name.endsWith("/index.ts"))).toEqual([])
    expect(statSync(join(src, 'index.ts')).isFile()).toBe(true)
  })
})
