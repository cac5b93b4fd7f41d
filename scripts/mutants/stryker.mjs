/** Runs StrykerJS over one folder of src, with every mutator. */
import { mkdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Stryker } from '@stryker-mutator/core'

const projectFolder = fileURLToPath(new URL('../..', import.meta.url))
/** Not in git: copies of the project to run in, and what earlier runs have judged. */
const workFolder = 'out/mutants'

const STATUS = { Killed: 'killed', Survived: 'survived', NoCoverage: 'unreached', Timeout: 'timed out' }

export async function mutateFolder(name, tests, { again, files }) {
  process.chdir(projectFolder)
  mkdirSync(workFolder, { recursive: true })
  // Stryker's processes inherit it; vitest.mutants.config.ts reads it.
  process.env.BANTAM_MUTANT_TESTS = JSON.stringify(tests)
  const mine = files.filter((file) => file.startsWith(`src/${name}/`))
  const stryker = new Stryker({
    mutate: mine.length > 0 ? mine : [`src/${name}/**/*.ts`],
    testRunner: 'vitest-files',
    plugins: [fileURLToPath(new URL('test-runner.mjs', import.meta.url))],
    // Which tests reach a file is the table's matter: imports do not tell what a child process loads.
    vitest: { configFile: 'vitest.mutants.config.ts', related: false },
    coverageAnalysis: 'perTest',
    concurrency: 1,
    timeoutMS: 10_000,
    // The dry run runs all tests of the folder once.
    dryRunTimeoutMinutes: 15,
    ignorePatterns: ['/dist', '/out', '/bench', '/docs/decisions'],
    tempDirName: `${workFolder}/sandboxes`,
    cleanTempDir: 'always',
    incremental: true,
    incrementalFile: `${workFolder}/${name}.json`,
    force: again,
    reporters: process.stdout.isTTY ? ['progress'] : ['progress-append-only'],
    allowConsoleColors: false,
    disableTypeChecks: true,
  })
  const results = await stryker.runMutationTest()
  return results.map((mutant) => describeMutant(mutant))
}

function describeMutant({ fileName, location, mutatorName, replacement, status }) {
  const path = relative(projectFolder, resolve(fileName))
  const [start, end] = [location.start, location.end].map(({ line, column }) => ({
    line: line - 1,
    column: column - 1,
  }))
  const original = textBetween(readFileSync(join(projectFolder, path), 'utf8'), start, end)
  return {
    status: STATUS[status] ?? 'invalid',
    place: `${path}:${start.line + 1}:${start.column + 1}`,
    change: `${mutatorName}: ${original} → ${replacement}`,
  }
}

function textBetween(text, start, end) {
  const lines = text.split('\n').slice(start.line, end.line + 1)
  lines[lines.length - 1] = lines.at(-1).slice(0, end.column)
  lines[0] = lines[0].slice(start.column)
  return lines.join('\n')
}
