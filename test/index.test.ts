import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { errorCodes } from '../src/errors.ts'
import * as bantam from '../src/index.ts'

const testFolder = fileURLToPath(new URL('.', import.meta.url))

test('exports what it always exported', () => {
  expect(Object.keys(bantam).sort()).toEqual([
    'BuildError',
    'boot',
    'buildImages',
    'decryptSecrets',
    'encryptSecrets',
    'errorCodes',
    'findSecrets',
    'forgetSecrets',
    'hasCode',
    'inspect',
    'isBuildError',
    'kubeconfig',
    'plan',
    'render',
    'rotateSecrets',
    'showSecrets',
    'starterCluster',
    'validate',
  ])
})

/** States that no test can bring about. */
const UNREACHABLE: readonly string[] = []

test('every error code is expected by some test', () => {
  const names = readdirSync(testFolder, { recursive: true, encoding: 'utf8' })
  const texts = names
    .filter((name) => name.endsWith('.test.ts') && name !== 'index.test.ts')
    .map((name) => readFileSync(join(testFolder, name), 'utf8'))
  // Fixtures of wrong cluster files are named after the code that they give.
  const known = `${texts.join('\n')}\n${names.join('\n')}`
  expect(
    errorCodes.filter(
      (code) =>
        !UNREACHABLE.includes(code) && !new RegExp(`\\b(invalid-)?${code}\\b|invalid-${code}[.-]`, 'i').test(known),
    ),
  ).toEqual([])
})

test('the lock file names no download address', () => {
  const lock = readFileSync(join(testFolder, '../package-lock.json'), 'utf8')
  expect(lock).not.toMatch(/"resolved": "https?:/)
})

test('the package holds profiles, seeds and the schema, and no test', () => {
  const listed = JSON.parse(
    execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: join(testFolder, '..'),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  ) as unknown
  const [pack] = (Array.isArray(listed) ? listed : Object.values(listed as object)) as { files: { path: string }[] }[]
  const paths = pack?.files.map((file) => file.path) ?? []
  expect(paths).toEqual(
    expect.arrayContaining([
      'dist/cli/main.js',
      'profiles/worker.yaml',
      'seeds/user-data.hbs',
      'docs/cluster.schema.json',
      'LICENSE',
      'README.md',
    ]),
  )
  expect(paths.filter((path) => /^(test|src|bench)\//.test(path))).toEqual([])
})
