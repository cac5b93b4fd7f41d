import { defineConfig } from 'vitest/config'

/** The test files that scripts/mutants/folders.mjs names for the folder. */
const tests = JSON.parse(process.env.BANTAM_MUTANT_TESTS ?? '["test/**"]') as string[]

/** Tests that run for each mutant: `npm run mutants`. */
export default defineConfig({
  plugins: [
    {
      name: 'tests-in-processes',
      // Stryker asks for threads, in which no test can set the umask, the user or the working folder.
      configureVitest({ project }) {
        project.config.pool = 'forks'
      },
    },
  ],
  test: {
    include: tests.filter((glob) => !glob.startsWith('-')).map((glob) => glob.replace(/\*\*$/, '**/*.test.ts')),
    exclude: tests.filter((glob) => glob.startsWith('-')).map((glob) => glob.slice(1)),
    globalSetup: ['test/support/mutants/mutated-dist.ts'],
    setupFiles: ['test/support/mutants/hand-on-mutant.ts'],
    tags: [{ name: 'slow', description: 'More than two seconds of CPU time; left out of npm run test:fast.' }],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
