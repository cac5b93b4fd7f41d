#!/usr/bin/env node
/** Loads the program. It needs almost no other file itself, so that it can tell why the program could not be loaded. */
import { getHeapStatistics } from 'node:v8'
import { formatLoadFailure, formatSmallHeap } from './format-load-failure.ts'

const asJson = process.argv.includes('--json')
const format = asJson ? 'json' : 'text'
const smallHeap = formatSmallHeap(getHeapStatistics().heap_size_limit, format)
if (smallHeap === null) await load()
else fail(smallHeap)

async function load(): Promise<void> {
  try {
    await import('./start.ts')
  } catch (error) {
    const text = formatLoadFailure(error, format)
    if (text === null) throw error
    fail(text)
  }
}

function fail(text: string): void {
  ;(asJson ? process.stdout : process.stderr).write(text)
  process.exitCode = 1
}
