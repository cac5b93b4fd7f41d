import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import config from './vitest.config.ts'

/** Files that are slow as a whole: left out before they are loaded, which would take longer than the tests that stay. */
const slowFiles = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .map((path) => join('test', path))
  .filter((path) => path.endsWith('.test.ts') && readFileSync(path, 'utf8').startsWith('// @module-tag slow\n'))

/** The inner loop: `npm run test:fast`. */
export default defineConfig({ ...config, test: { ...config.test, exclude: slowFiles } })
