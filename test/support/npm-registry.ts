/** The registry that npm is set up for: tests that install from it are skipped visibly where it does not answer, required in CI. */
import { test } from 'vitest'
import { npm, projectFolder } from './packed-package.ts'

const TIMEOUT_MS = 10_000

/** Whether npm can install packages: it asks for the version of a library that the package depends on. */
export const registryAnswers = process.env.CI === 'true' || askRegistry()

/** `test`, skipped visibly where the registry does not answer. */
// Vitest's conditional test has the same call signature as `test`.
export const testWithRegistry = registryAnswers ? test : (test.skip as typeof test)

function askRegistry(): boolean {
  try {
    npm(projectFolder, ['view', 'yaml', 'version', '--fetch-retries=0', `--fetch-timeout=${TIMEOUT_MS}`])
    return true
  } catch {
    return false
  }
}
