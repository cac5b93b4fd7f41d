import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { bantam } from '../../support/run-cli.ts'
import { temporaryFolder } from '../../support/small-image.ts'

test('explain prints a page, as text or as JSON, and refuses an unknown word', async () => {
  const folder = temporaryFolder()
  const text = await bantam(folder, ['explain', 'xz_corrupt'])
  expect([text.status, text.stderr]).toEqual([0, ''])
  expect(text.stdout).toMatch(/^XZ_CORRUPT\n/)
  const json = await bantam(folder, ['explain', 'XZ_CORRUPT', '--json'])
  expect(JSON.parse(json.stdout)).toEqual({ kind: 'error', word: 'XZ_CORRUPT', page: text.stdout })
  const unknown = await bantam(folder, ['explain', 'XZ_CORUPT'])
  expect([unknown.status, unknown.stdout]).toEqual([2, ''])
  expect(unknown.stderr).toContain('Did you mean `XZ_CORRUPT`?')
})

test('the example of a page is what the command line prints in such a case', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'cluster.yaml'), '')
  const { stderr } = await bantam(folder, ['init'])
  const { stdout } = await bantam(folder, ['explain', 'OUTPUT_EXISTS'])
  expect(stdout.slice(stdout.indexOf('Example:'))).toBe(`Example:\n${stderr.replace(/^(?=.)/gm, '  ')}`)
})
