#!/usr/bin/env node
/** Loads the program. It needs almost no other file itself, so that it can tell why the program could not be loaded. */
import { formatLoadFailure } from './format-load-failure.ts'

try {
  await import('./start.ts')
} catch (error) {
  const asJson = process.argv.includes('--json')
  const text = formatLoadFailure(error, asJson ? 'json' : 'text')
  if (text === null) throw error
  ;(asJson ? process.stdout : process.stderr).write(text)
  process.exitCode = 1
}
