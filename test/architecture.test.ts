/** Holds the level table of ARCHITECTURE.md: who may import whom, and which package lives where. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as ts from 'typescript'
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

/** The table of ARCHITECTURE.md: rooms by path prefix with their level, longest first; the first match wins. */
const LEVELS: readonly (readonly [string, number])[] = [
  ...readFileSync(join(project, 'ARCHITECTURE.md'), 'utf8').matchAll(/^\| (\d+) \| (.*?) \|/gm),
]
  .flatMap(([, level = '', rooms = '']) =>
    [...rooms.matchAll(/`([\w./-]+)`/g)].map(
      ([, room = '']) => [room.endsWith('.ts') || room.endsWith('/') ? room : `${room}/`, Number(level)] as const,
    ),
  )
  .sort(([one], [other]) => other.length - one.length)

/** Levels whose rooms never import each other. */
const DETACHED = new Set([2, 3, 4, 5, 6, 8, 9])

const PACKAGE_HOMES: Readonly<Record<string, readonly string[]>> = {
  ajv: ['config/', 'secrets/'],
  yaml: ['yaml-source/', 'text/', 'config/', 'render/', 'secrets/'],
  handlebars: ['templates/'],
  'node-fetch': ['download/'],
  'js-fatfs': ['fs/'],
  ext2fs: ['fs/'],
  'xz-decompress': ['xz/'],
  commander: ['cli/'],
  '@peculiar/x509': ['pki/'],
  'reflect-metadata': ['pki/'],
  'tar-stream': ['artifact/'],
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
  const statements = text.matchAll(
    /(?:^|\n)\s*(?:import|export)\s+(type\s)?[^'"\n;]*?(?:\{[^}]*\})?[^'"\n;]*?from\s+'([^']+)'/g,
  )
  const dynamic = text.matchAll(/(?:import|require\.resolve|import\.meta\.resolve)\('([^']+)'\)/g)
  const sideEffects = text.matchAll(/(?:^|\n)import\s+'([^']+)'/g)
  return [
    ...[...statements].map((match) => toImport(from, path, match[2] ?? '', match[1] !== undefined)),
    ...[...dynamic, ...sideEffects].map((match) => toImport(from, path, match[1] ?? '', false)),
  ]
}

function toImport(from: string, path: string, target: string, typeOnly: boolean): Import {
  if (target.startsWith('.')) {
    return {
      from,
      to: relative(src, resolve(dirname(path), target))
        .split(sep)
        .join('/'),
      kind: 'internal',
      typeOnly,
    }
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
  if (fromRoom === 'model/') return toLevel < 7 && (typeOnly || toLevel === 1)
  if (DETACHED.has(fromLevel) && toLevel === fromLevel) return false
  return toLevel < fromLevel
}

const imports = sourceFiles(src).flatMap(importsOf)

test('the scan sees the imports', () => {
  expect(imports.length).toBeGreaterThan(200)
  expect(imports.filter((one) => one.kind === 'package').map((one) => one.to)).toEqual(
    expect.arrayContaining(Object.keys(PACKAGE_HOMES)),
  )
})

test('only cli and api ask machine', () => {
  const askers = imports.filter(({ to }) => to.startsWith('machine/')).map(({ from }) => from.split('/')[0])
  expect([...new Set(askers)].sort()).toEqual(['api', 'cli', 'machine'])
})

test('every room imports lower rooms only, and never its neighbours', () => {
  const wrong = imports.filter((one) => one.kind === 'internal' && !mayImport(one))
  expect(wrong.map(({ from, to }) => `${from} -> ${to}`)).toEqual([])
})

test('no circle of files or folders, not even of types', () => {
  const isInside = (folder: string, other: string): boolean => folder === other || folder.startsWith(`${other}/`)
  const internal = imports.filter(({ kind }) => kind === 'internal')
  const files = internal.map(({ from, to }) => [from, to] as const)
  // The top of src is no room.
  const folders = internal
    .map(({ from, to }) => [dirname(from), dirname(to)] as const)
    .filter(([from, to]) => from !== '.' && to !== '.' && !isInside(from, to) && !isInside(to, from))
  expect(findCircles(files)).toEqual([])
  expect(findCircles(folders)).toEqual([])
})

/** Gives the arrows that lead back to where they start. */
function findCircles(arrows: readonly (readonly [string, string])[]): readonly string[] {
  const targets = new Map<string, Set<string>>()
  for (const [from, to] of arrows) targets.set(from, (targets.get(from) ?? new Set()).add(to))
  const leadsTo = (from: string, goal: string, seen = new Set<string>()): boolean =>
    [...(targets.get(from) ?? [])].some((to) => to === goal || (!seen.has(to) && leadsTo(to, goal, seen.add(to))))
  const circular = arrows.filter(([from, to]) => leadsTo(to, from))
  return [...new Set(circular.map(([from, to]) => `${from} -> ${to}`))].sort()
}

test('the search for circles finds one', () => {
  expect(
    findCircles([
      ['a', 'b'],
      ['b', 'c'],
      ['c', 'b'],
    ]),
  ).toEqual(['b -> c', 'c -> b'])
})

test('the level table names every folder', () => {
  const folders = readdirSync(src, { withFileTypes: true }).map(({ name }) => name)
  expect(folders.filter((name) => !LEVELS.some(([room]) => room === name || room.startsWith(`${name}/`)))).toEqual([])
  expect(LEVELS.filter(([room]) => !existsSync(join(src, room)))).toEqual([])
})

test('packages are only imported by the folders that own them', () => {
  const wrong = imports.filter(
    (one) => one.kind === 'package' && !(PACKAGE_HOMES[one.to] ?? []).some((home) => one.from.startsWith(home)),
  )
  expect(wrong.map(({ from, to }) => `${from} -> ${to}`)).toEqual([])
})

test('only download uses the network, and only cli and machine the process', () => {
  const network = imports.filter(
    (one) => /^node:(http|https|http2|tls|dgram|dns)/.test(one.to) && !one.from.startsWith('download/'),
  )
  // The emulator reads a console line by line.
  const process = imports.filter(
    (one) => /^node:(process|readline)/.test(one.to) && !/^(cli|machine|emulator)\//.test(one.from),
  )
  expect([...network, ...process].map(({ from, to }) => `${from} -> ${to}`)).toEqual([])
})

test('only host runs programs', () => {
  const wrong = imports.filter((one) => one.to === 'node:child_process' && !one.from.startsWith('host/'))
  expect(wrong.map(({ from, to }) => `${from} -> ${to}`)).toEqual([])
})

test.each([
  ['only machine asks how many processors there are', /availableParallelism|\bcpus\(/, /^machine\//],
  ['only one file decides what is flushed to the disk', /\.sync\(|fsync|\bfdatasync/, /^host\/atomic-file\.ts$/],
])('%s', (_claim, call, home) => {
  const users = sourceFiles(src).filter((path) => call.test(readFileSync(path, 'utf8')))
  const names = users.map((path) => relative(src, path).split(sep).join('/'))
  expect(names).not.toEqual([])
  expect(names.filter((name) => !home.test(name))).toEqual([])
})

// isIP and its kin compute; a platform is a fact. The rest of these modules reaches out of the program.
test.each([
  ['node:net', /^isIP(v4|v6)?$/],
  ['node:os', /^platform$/],
])('outside cli and the rooms of this machine, %s gives pure functions only', (module, allowed) => {
  for (const path of sourceFiles(src)) {
    // The emulator is spoken to through sockets of this machine.
    if (/src\/(cli|machine|base-images|host|emulator)\//.test(path)) continue
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

  test('no function is longer than a screen', () => {
    const long = sourceFiles(src).flatMap((path) =>
      longFunctions(readFileSync(path, 'utf8')).map((one) => `${relative(project, path)}: ${one}`),
    )
    expect(long).toEqual([])
  })

  test('no room has an index.ts or is named utils', () => {
    const names = sourceFiles(src).map((path) => relative(src, path))
    expect(names.filter((name) => /(^|\/)utils?\//.test(name) || name.endsWith('/index.ts'))).toEqual([])
    expect(statSync(join(src, 'index.ts')).isFile()).toBe(true)
  })
})

const SCREEN_LINES = 50

/** Lists the functions, methods and arrow functions of a text that are longer than a screen, signature included. */
function longFunctions(text: string): readonly string[] {
  const source = ts.createSourceFile('a.ts', text, ts.ScriptTarget.Latest, true)
  const lineOf = (position: number): number => source.getLineAndCharacterOfPosition(position).line
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body !== undefined) {
      // The comment before a function is not counted.
      const lineCount = lineOf(node.end) - lineOf(node.getStart(source)) + 1
      if (lineCount > SCREEN_LINES) found.push(`${nameOf(node)} has ${lineCount} lines`)
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

function nameOf(node: ts.SignatureDeclaration): string {
  const named = node.name ?? (ts.isVariableDeclaration(node.parent) ? node.parent.name : undefined)
  return named?.getText() ?? 'a function without a name'
}

describe('the search for long functions', () => {
  const statements = (count: number): string => '  void 0\n'.repeat(count)

  test.each([
    ['a function', (body: string) => `function one(\n  a: number,\n): void {\n${body}}`, 46, 'one'],
    ['a method', (body: string) => `class A {\none(): void {\n${body}}\n}`, 48, 'one'],
    ['a constructor', (body: string) => `class A {\nconstructor() {\n${body}}\n}`, 48, 'a function without a name'],
    ['an arrow function', (body: string) => `const one = (): void => {\n${body}}`, 48, 'one'],
    ['a callback', (body: string) => `run(() => {\n${body}})`, 48, 'a function without a name'],
  ])('finds %s of 51 lines, and none of 50', (_kind, write, mostStatements, name) => {
    const comment = '/** A comment\n * of two lines. */\n'
    expect(longFunctions(comment + write(statements(mostStatements)))).toEqual([])
    expect(longFunctions(comment + write(statements(mostStatements + 1)))).toEqual([`${name} has 51 lines`])
  })
})
