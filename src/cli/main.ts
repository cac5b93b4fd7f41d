#!/usr/bin/env node
import { processContext } from './context.ts'
import { finishOutput } from './finish-output.ts'
import { endingSignals, interrupt } from './interruption.ts'
import { printError } from './print-error.ts'
import { runCli } from './run-cli.ts'

const parameters = process.argv.slice(2)
const controller = new AbortController()
const context = processContext(controller.signal)
context.stdout.watch()
context.stderr.watch()

// After Ctrl-C, a closed terminal or SIGTERM, the build cleans up and ends. A second signal ends it at once.
for (const name of endingSignals) {
  process.once(name, () => {
    interrupt(controller, name)
  })
}

// A library failed outside of the calls that we await. The abort makes the command clean up: it may hold locks.
let crash: unknown
process.on('uncaughtException', (error) => {
  crash ??= error
  controller.abort(error)
})
// Nothing is left to wait for, and yet the command has not ended: what it waited for was lost in the crash.
process.once('beforeExit', () => {
  process.exitCode ??= printError(crash, parameters.includes('--json') ? 'json' : 'text', context)
})

process.exitCode = await finishOutput(await runCli(parameters, context), context)
