import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { projectFolder } from './support/packed-package.ts'
import { run } from './support/validators.ts'

const read = (path: string): string => readFileSync(join(projectFolder, path), 'utf8')

test('docs/licences.md is current, and every licence is allowed; `npm run docs:licences` writes it', () => {
  const { status, output } = run(process.execPath, [join(projectFolder, 'scripts/list-licences.mjs')])
  expect(status, output).toBe(0)
  expect(read('docs/licences.md')).toBe(output)
})

test('every package that a user installs is in the list', () => {
  const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, { dev?: true }> }
  const installed = Object.keys(packages).filter((path) => path !== '' && !packages[path]?.dev)
  const names = installed.map((path) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length))
  const listed = [...read('docs/licences.md').matchAll(/^\| (\S+) \|/gm)].map(([, name]) => name)
  expect(listed.filter((name) => name !== 'library' && name !== '---').sort()).toEqual([...new Set(names)].sort())
})
