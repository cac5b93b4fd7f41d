/**
 * Set-up of each test file of a run over mutants. In the first run, what threads and child processes reached counts for the test that
 * started them. In the other runs, they learn which mutant is switched on. Stryker's set-up runs before this one.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, inject } from 'vitest'

type Counts = Record<string, number>

interface StrykerNamespace {
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
  beforeAll(() => {
    process.env.__STRYKER_ACTIVE_MUTANT__ = inject('activeMutant')
  })
} else {
  const folder = mkdtempSync(join(tmpdir(), 'bantam-mutants-'))
  process.env.BANTAM_MUTANT_NOTES = folder
  // Processes that a hook for the whole file started belong to every test of it: Stryker calls that static.
  beforeEach(() => {
    countNotes(folder, undefined)
  })
  afterEach(() => {
    countNotes(folder, namespace.currentTestId)
  })
  afterAll(() => {
    countNotes(folder, undefined)
    rmSync(folder, { recursive: true })
  })
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
