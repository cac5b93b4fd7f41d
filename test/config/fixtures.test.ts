import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { errorCodes } from '../../src/errors.ts'
import { configErrors } from '../../src/errors/config.ts'
import { fixturesFolder, loadFixture, problemsOf } from './load-fixture.ts'

const fixtures = readdirSync(fixturesFolder).filter((name) => /^(valid|warns|invalid)-/.test(name))

function fixtureFile(name: string): string {
  const folder = join(fixturesFolder, name)
  return existsSync(join(folder, 'cluster.yaml')) ? join(folder, 'cluster.yaml') : folder
}

function expectedCode(name: string): string {
  return /^(?:warns|invalid)-([A-Z0-9_]+)/.exec(name)?.[1] ?? ''
}

describe('invalid files', () => {
  test.each(fixtures.filter((name) => name.startsWith('invalid-')))(
    '%s is refused for that reason alone',
    async (name) => {
      await expect(loadFixture(fixtureFile(name))).rejects.toMatchObject({ code: 'CLUSTER_INVALID', kind: 'input' })
      const problems = await problemsOf(fixtureFile(name))
      const errors = problems.filter(({ severity }) => severity === 'error')
      expect([...new Set(errors.map(({ code }) => code))], JSON.stringify(problems, null, 1)).toEqual([
        expectedCode(name),
      ])
    },
  )

  test.each(fixtures)('no message about %s repeats a secret', async (name) => {
    const problems = await problemsOf(fixtureFile(name))
    expect(JSON.stringify(problems)).not.toContain('correct-horse')
  })
})

test.each(fixtures.filter((name) => name.startsWith('warns-')))('%s loads with that warning alone', async (name) => {
  const { warnings } = await loadFixture(fixtureFile(name))
  expect(warnings.map(({ code, severity }) => [code, severity])).toEqual([[expectedCode(name), 'warning']])
})

test.each(fixtures.filter((name) => name.startsWith('valid-')))('%s loads without any warning', async (name) => {
  expect((await loadFixture(fixtureFile(name))).warnings).toEqual([])
})

test('every code about the cluster file has a fixture', () => {
  // Separate tests cover these: the limit needs a special file, a mode is not in git, and the others are not about the text of a file.
  const elsewhere = [
    'CLUSTER_INVALID',
    'YAML_FILE_UNREADABLE',
    'YAML_TOO_LARGE',
    'EXTRA_FILE_TOO_LARGE',
    'EXTRA_FILE_TOTAL_TOO_LARGE',
    'REFERENCE_FILE_MODE',
    'REFERENCE_VARIABLE_NOT_TEXT',
  ]
  const fixtureCodes = new Set(fixtures.map(expectedCode))
  const missing = Object.keys(configErrors).filter((code) => !elsewhere.includes(code) && !fixtureCodes.has(code))
  expect(missing).toEqual([])
  expect([...fixtureCodes].filter((code) => code !== '' && !(errorCodes as readonly string[]).includes(code))).toEqual(
    [],
  )
})
