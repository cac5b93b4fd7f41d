/** docs/errors.md is written from the tables of `src/errors/`; `npm run docs:errors` writes it again. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type ErrorCode, errorCodes } from '../../src/errors.ts'
import { errorAreas, findErrorArea } from '../../src/errors/areas.ts'
import { describeKind, errorPage } from '../../src/pipeline/explain/explain-error.ts'
import { fixturesFolder, problemsOf } from '../config/load-fixture.ts'

const LONGEST_EXAMPLE_LINES = 14

test('hints name pages of the docs as files of the package, which exist', () => {
  const named = errorCodes.flatMap((code) =>
    errorPage(code).hints.flatMap((hint) => hint.match(/\bdocs\/\S+(?: of the npm package bantam-k3s)?/g) ?? []),
  )
  expect(named).not.toEqual([])
  const wrong = named.filter((page) => {
    const [, path] = /^(docs\/[\w-]+\.md) of the npm package bantam-k3s$/.exec(page) ?? []
    return path === undefined || !existsSync(join(import.meta.dirname, '../..', path))
  })
  expect(wrong).toEqual([])
})

test('docs/errors.md is current', async () => {
  await expect(await formatPage()).toMatchFileSnapshot('../../docs/errors.md')
})

test('docs/errors.md has a section for each code, and one example in each', async () => {
  const sections = (await formatPage()).split(/^### /m).slice(1)
  expect(sections.map((section) => section.split('\n')[0]).sort()).toEqual([...errorCodes].sort())
  const examples = sections.map((section) => section.match(/^Example:\n\n```(?:text|yaml)$/gm)?.length)
  expect(examples).toEqual(sections.map(() => 1))
})

async function formatPage(): Promise<string> {
  const parts = [
    '# Error codes',
    '',
    '<!-- Written by `npm run docs:errors` from src/errors/. Do not edit. -->',
    '',
    'Every failure and every warning has a code.',
    '`bantam explain CODE` prints the same message, advice and example on the command line, without the cluster file of the example.',
    'Words in angle brackets, such as `<file>`, stand for the values of your case; the examples have such values.',
    '',
    ...errorAreas.map(({ prefix, title }) => `- [\`${prefix}\`](#${prefix.toLowerCase()}): ${title}`),
    '',
  ]
  for (const area of errorAreas) {
    parts.push(`## ${area.prefix}`, '', `${area.title}.`, '')
    for (const code of errorCodes.filter((one) => findErrorArea(one) === area)) parts.push(...(await formatCode(code)))
  }
  return `${parts.join('\n').trimEnd()}\n`
}

async function formatCode(code: ErrorCode): Promise<readonly string[]> {
  const page = errorPage(code)
  const { message, hints } = page
  return [
    `### ${code}`,
    '',
    '```text',
    message,
    '```',
    '',
    describeKind(page),
    '',
    ...(hints.length === 1 ? [`**What to do:** ${asProse(hints[0] ?? '')}`] : ['**What to do**, one of:', '']),
    ...(hints.length === 1 ? [] : hints.map((hint) => `- ${asProse(hint)}`)),
    '',
    ...(await formatExample(code)),
  ]
}

/** Angle brackets, tildes and stars mean something in Markdown; inside backticks they do not. */
function asProse(hint: string): string {
  return hint
    .split(/(`[^`]*`)/)
    .map((part, index) => (index % 2 === 1 ? part : part.replace(/[<>*~_]/g, (character) => `\\${character}`)))
    .join('')
}

/** The fixture that proves the code, where it is short enough to read. The facts of the code's example are those of the fixture. */
async function formatExample(code: ErrorCode): Promise<readonly string[]> {
  const { example } = errorPage(code)
  const fixture = await findFixture(code)
  if (fixture === null) return ['Example:', '', '```text', example, '```', '']
  const { text, place } = fixture
  return ['Example:', '', '```yaml', text, '```', '', '```text', `${place}: ${example}`, '```', '']
}

async function findFixture(code: ErrorCode): Promise<{ readonly text: string; readonly place: string } | null> {
  const file = ['invalid', 'warns'].map((kind) => join(fixturesFolder, `${kind}-${code}.yaml`)).find(existsSync)
  if (file === undefined) return null
  const text = readFileSync(file).toString('utf8').trimEnd()
  // Bytes that are no text, and links of the machine that runs this, would not be the same everywhere.
  if (text.includes('\uFFFD') || text === '' || text.split('\n').length > LONGEST_EXAMPLE_LINES) return null
  const problem = (await problemsOf(file)).find((one) => one.code === code)
  if (problem === undefined || problem.message.includes(fixturesFolder)) return null
  const { severity, message, hint, line, column } = problem
  expect(errorPage(code).example, `the example of ${code}`).toBe(`${severity} ${code}: ${message}\n  ${hint}`)
  return { text, place: line === null ? 'cluster.yaml' : `cluster.yaml:${line}:${column ?? 1}` }
}
