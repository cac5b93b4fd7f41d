/** Holds invariant 5 of ARCHITECTURE.md: who may take the text out of a `Secret`, and that nothing else prints it. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { reveal, Secret } from '../../src/model/secret.ts'
import { projectFolder } from '../support/prose.ts'

const src = join(projectFolder, 'src')
const ALLOWED = ['render/', 'image/find-secrets.ts', 'pipeline/access/', 'pipeline/inspect/', 'model/secret.ts']

test('only the rooms that write or look for secrets reveal them', () => {
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .map((path) => path.split(sep).join('/'))
    .filter((path) => path.endsWith('.ts') && /\breveal\(/.test(readFileSync(join(src, path), 'utf8')))
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
