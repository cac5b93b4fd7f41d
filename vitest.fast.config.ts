import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import config from './vitest.config.ts'

const files = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .map((path) => join('test', path))
  .filter((path) => path.endsWith('.test.ts'))
  .map((path) => ({ path, text: readFileSync(path, 'utf8') }))
/** Files that are slow as a whole: left out before they are loaded, which would take longer than the tests that stay. */
const slow = files.filter(({ text }) => text.startsWith('// @module-tag slow\n')).map(({ path }) => path)
/** A module that one file replaces must not reach another file. */
const [replacing, others] = [true, false].map((replaces) =>
  files.filter(({ text }) => text.includes('vi.mock(') === replaces).map(({ path }) => path),
)

/** The inner loop: `npm run test:fast`. Files share the modules that they load, since loading costs more than most tests. */
export default defineConfig({
  ...config,
  test: {
    ...config.test,
    projects: [
      { extends: true, test: { name: 'shared', isolate: false, exclude: slow.concat(replacing ?? []) } },
      { extends: true, test: { name: 'isolated', exclude: slow.concat(others ?? []) } },
    ],
  },
})
