/** docs/errors.md is written from the tables of `src/errors/`; `npm run docs:errors` writes it again. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { errorCodes } from '../../src/errors.ts'
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
  const parts = [
    '# Error codes',
    '',
    '<!-- Written by `npm run docs:errors` from src/errors/. Do not edit. -->',
    '',
    'Every failure and every warning has a code.',
    '`bantam explain CODE` prints the same message and advice on the command line, with the title of the section, and without the example.',
    'Words in angle brackets, such as `<file>`, stand for the values of your case.',
    '',
    ...errorAreas.map(({ prefix, title }) => `- [\`${prefix}\`](#${prefix.toLowerCase()}): ${title}`),
    '',
  ]
  for (const area of errorAreas) {
    parts.push(`## ${area.prefix}`, '', `${area.title}.`, '')
    for (const code of errorCodes.filter((one) => findErrorArea(one) === area)) parts.push(...(await formatCode(code)))
  }
  await expect(`${parts.join('\n').trimEnd()}\n`).toMatchFileSnapshot('../../docs/errors.md')
})

async function formatCode(code: (typeof errorCodes)[number]): Promise<readonly string[]> {
  const { kind, message, hints } = errorPage(code)
  return [
    `### ${code}`,
    '',
    '```text',
    message,
    '```',
    '',
    describeKind(kind),
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

/** The fixture that proves the code, where it is short enough to read. */
async function formatExample(code: string): Promise<readonly string[]> {
  const file = ['invalid', 'warns'].map((kind) => join(fixturesFolder, `${kind}-${code}.yaml`)).find(existsSync)
  if (file === undefined) return []
  const bytes = readFileSync(file)
  const text = bytes.toString('utf8').trimEnd()
  // Bytes that are no text, and links of the machine that runs this, would not be the same everywhere.
  if (text.includes('\uFFFD') || text === '' || text.split('\n').length > LONGEST_EXAMPLE_LINES) return []
  const problem = (await problemsOf(file)).find((one) => one.code === code)
  if (problem === undefined || problem.message.includes(fixturesFolder)) return []
  const place = problem.line === null ? 'cluster.yaml' : `cluster.yaml:${problem.line}:${problem.column ?? 1}`
  return [
    'Example:',
    '',
    '```yaml',
    text,
    '```',
    '',
    '```text',
    `${place}: ${problem.severity} ${code}: ${problem.message}`,
    `  ${problem.hint}`,
    '```',
    '',
  ]
}
