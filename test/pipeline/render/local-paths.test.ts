import { win32 } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { localPaths } from '../../../src/pipeline/render/local-paths.ts'

test('ordinary paths stay as they are', () => {
  const paths = ['root/etc/rancher/k3s/config.yaml', 'boot/user-data', 'root/etc/rancher/k3s/registries.yaml']
  expect(localPaths(paths)).toEqual(paths)
})

test.each([
  ['files that differ in case', ['etc/Foo', 'etc/foo', 'etc/FOO'], ['etc/Foo', 'etc/foo~2', 'etc/FOO~3']],
  ['folders that differ in case', ['a/Foo/x', 'a/foo/x', 'a/Foo/y'], ['a/Foo/x', 'a/foo~2/x', 'a/Foo/y']],
  ['a file and a folder', ['etc/Foo', 'etc/foo/x'], ['etc/Foo', 'etc/foo~2/x']],
  ['a name that ends in such a number', ['a~2', 'A', 'a'], ['a~2', 'A', 'a~3']],
  ['two spellings of a character', ['caf\u00e9', 'cafe\u0301'], ['caf\u00e9', 'cafe\u0301~2']],
])('%s get different names', (_name, paths, locals) => {
  expect(localPaths(paths)).toEqual(locals)
})

test.each([
  ['a:b', 'a%3Ab'],
  ['dev-disk-by\\x2dlabel.mount', 'dev-disk-by%5Cx2dlabel.mount'],
  ['a%3Ab', 'a%253Ab'],
  ['a.', 'a%2E'],
  ['a ', 'a%20'],
  ['aux', '%aux'],
  ['etc/nul.conf/x', 'etc/%nul.conf/x'],
  ['?', '%3F'],
])('%s is written as %s', (path, local) => {
  expect(localPaths([path])).toEqual([local])
})

/** A file system that ignores case, as those of Windows and macOS do: a map of names in lower case. */
test('no file overwrites another one, and none is outside of its folder', () => {
  const name = fc
    .string({
      unit: fc.constantFrom('a', 'A', 'b', 'B', ':', '.', '~', '2', '%', '\\', ' ', '\u00e9'),
      minLength: 1,
      maxLength: 4,
    })
    .filter((text) => text !== '.' && text !== '..')
  const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'))
  fc.assert(
    fc.property(fc.uniqueArray(path, { maxLength: 12 }), (all) => {
      const paths = all.filter((one) => !all.some((other) => other.startsWith(`${one}/`)))
      const locals = localPaths(paths)
      expect(new Set(locals.map((local) => local.toLowerCase())).size).toBe(paths.length)
      const folders = locals.map((local) => local.toLowerCase()).flatMap((local) => [...parents(local)])
      for (const local of locals) {
        expect(folders).not.toContain(local.toLowerCase())
        expect(local).not.toMatch(/[<>:"|?*\\]|[. ](\/|$)/)
        expect(win32.resolve('C:\\out', local).startsWith('C:\\out\\')).toBe(true)
      }
    }),
  )
})

function* parents(path: string): Generator<string> {
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) yield path.slice(0, end)
}
