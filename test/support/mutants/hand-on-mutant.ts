/**
 * Set-up of each test file of a run over mutants. In the first run, what threads and child processes reached counts for the test that
 * started them, and what was reached while the file was loaded counts for each of its tests. In the other runs, the mutant is switched on
 * before the file is loaded, and threads and processes learn of it. Stryker's set-up runs before this one.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, inject } from 'vitest'

type Counts = Record<string, number>

interface StrykerNamespace {
  activeMutant?: string
  currentTestId?: string
  mutantCoverage?: { static: Counts; perTest: Record<string, Counts> }
}

declare module 'vitest' {
  // Stryker's runner provides these.
  interface ProvidedContext {
    mode: 'dry-run' | 'mutant'
    activeMutant: string
  }
}

const namespace = ((globalThis as { __stryker__?: StrykerNamespace }).__stryker__ ??= {})

if (inject('mode') === 'mutant') {
  namespace.activeMutant = inject('activeMutant')
  process.env.__STRYKER_ACTIVE_MUTANT__ = inject('activeMutant')
} else {
  const testIds = new Set<string>()
  const folder = mkdtempSync(join(tmpdir(), 'bantam-mutants-'))
  process.env.BANTAM_MUTANT_NOTES = folder
  // Processes that a hook for the whole file started belong to every test of it.
  beforeEach(() => {
    countNotes(folder, undefined)
    if (namespace.currentTestId !== undefined) testIds.add(namespace.currentTestId)
  })
  afterEach(() => {
    countNotes(folder, namespace.currentTestId)
  })
  afterAll(() => {
    countNotes(folder, undefined)
    rmSync(folder, { recursive: true })
    spreadOverTests(testIds)
  })
}

/**
 * Stryker calls "static" what is reached outside of tests, and runs all tests of all files for it, since they may share what was loaded.
 * Here each file has a separate process: only its tests can notice such a mutant.
 */
function spreadOverTests(testIds: ReadonlySet<string>): void {
  const coverage = namespace.mutantCoverage
  if (coverage === undefined) return
  for (const testId of testIds) {
    const counts = (coverage.perTest[testId] ??= {})
    for (const [id, count] of Object.entries(coverage.static)) counts[id] = (counts[id] ?? 0) + count
  }
  coverage.static = {}
}

function countNotes(folder: string, testId: string | undefined): void {
  const coverage = (namespace.mutantCoverage ??= { static: {}, perTest: {} })
  const counts = testId === undefined ? coverage.static : (coverage.perTest[testId] ??= {})
  for (const name of readdirSync(folder)) {
    const ids = readFileSync(join(folder, name), 'utf8').split('\n')
    rmSync(join(folder, name))
    for (const id of ids.filter((text) => text !== '')) counts[id] = (counts[id] ?? 0) + 1
  }
}
