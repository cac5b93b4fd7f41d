#!/usr/bin/env node
import { processContext } from './context.ts'
import { runCli } from './run-cli.ts'

// Ctrl-C and a polite kill end the build in good order; a second one ends it at once.
const controller = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.once(name, () => {
    controller.abort()
  })
}
process.exitCode = await runCli(process.argv.slice(2), processContext(controller.signal))
