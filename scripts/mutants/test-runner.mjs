/**
 * Stryker's runner of Vitest, which counts tests only. A mutant may also keep a test file from being loaded, or throw where no test waits
 * for it. Then no test fails, and Stryker takes the mutant for one that survived. `npm test` would fail, so a failed test is added here.
 */
import { relative } from 'node:path'
import { strykerPlugins as vitestPlugins, strykerValidationSchema } from '@stryker-mutator/vitest-runner'

export { strykerValidationSchema }

/** Stryker's numbers and words. */
const FAILED = 1
const COMPLETE = 'complete'

const [vitest] = vitestPlugins

export const strykerPlugins = [{ ...vitest, name: 'vitest-files', factory: createRunner }]

function createRunner(injector) {
  const runner = vitest.factory(injector)
  const run = runner.run.bind(runner)
  runner.run = async (options = {}) => {
    const result = await run(options)
    const { state } = runner.ctx
    const failures = [
      ...state.getFiles().filter(hasNotLoaded).map(describeFile),
      ...[...state.errorsSet].map((error) => ({ name: 'outside of tests', message: String(error?.message ?? error) })),
    ]
    if (failures.length === 0) return result
    const tests = failures.map((failure) => failedTest(failure, options.testIds ?? []))
    return { status: COMPLETE, tests: [...(result.tests ?? []), ...tests] }
  }
  return runner
}
createRunner.inject = vitest.factory.inject

function hasNotLoaded(file) {
  return file.result?.state === 'fail' && file.result.errors?.length > 0
}

function describeFile(file) {
  return { name: relative(process.cwd(), file.filepath), message: file.result.errors[0].message }
}

/** Under the name of a test that Stryker asked for: what it reports names only tests that it knows. */
function failedTest({ name, message }, testIds) {
  const id = testIds.find((testId) => testId.startsWith(`${name}#`)) ?? testIds[0] ?? name
  return { id, name, status: FAILED, timeSpentMs: 0, failureMessage: message }
}
