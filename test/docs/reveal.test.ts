/** Holds invariant 5 of ARCHITECTURE.md: who may take the text out of a `Secret`, and that nothing else prints it. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { reveal, Secret } from '../../src/model/secret.ts'
import { projectFolder } from '../support/prose.ts'

const src = join(projectFolder, 'src')
const ALLOWED = ['render/', 'image/find-secrets.ts', 'pipeline/access/', 'pipeline/inspect/', 'model/secret.ts']

/** Whether a module names `reveal` of the secrets, imports all of them or passes them on; calls would not show it under another name. */
function importsReveal(text: string): boolean {
  const statements = text.matchAll(
    /\b(?:import|export)\b([^'"]*?)\bfrom\s*['"][^'"]*\/secret\.ts['"]|\bimport\(\s*['"][^'"]*\/secret\.ts/g,
  )
  return [...statements].some(([, names]) => names === undefined || /\*|\breveal\b/.test(names))
}

test.each([
  ["import { reveal, type Secret } from '../model/secret.ts'", true],
  ["import {\n  reveal as open,\n} from '../model/secret.ts'\nopen(key)", true],
  ["import * as secrets from './secret.ts'", true],
  ["export { reveal } from '../model/secret.ts'", true],
  ["const { reveal: open } = await import('../model/secret.ts')", true],
  ["import type { Secret } from '../model/secret.ts'", false],
  ["import { reveal } from '../curtains.ts'\nimport { Secret } from '../model/secret.ts'", false],
])('%j is seen as revealing secrets: %s', (text, expected) => {
  expect(importsReveal(text)).toBe(expected)
})

test('only the rooms that write or look for secrets reveal them', () => {
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .map((path) => path.split(sep).join('/'))
    .filter((path) => path.endsWith('.ts') && importsReveal(readFileSync(join(src, path), 'utf8')))
  expect(files.length).toBeGreaterThan(3)
  expect(files.filter((path) => !ALLOWED.some((room) => path.startsWith(room)))).toEqual([])
})

test('a secret prints as [secret], however it is printed', () => {
  const secret = new Secret('correct horse')
  for (const printed of [String(secret), JSON.stringify({ secret }), inspect({ secret })]) {
    expect(printed).toContain('[secret]')
    expect(printed).not.toContain('horse')
  }
  expect(reveal(secret)).toBe('correct horse')
})
