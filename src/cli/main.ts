#!/usr/bin/env node
import { processContext } from './context.ts'
import { endingSignals, interrupt } from './interruption.ts'
import { runCli } from './run-cli.ts'

// A reader of the output, such as head, may stop early. That is no failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}
// After Ctrl-C, a closed terminal or SIGTERM, the build cleans up and ends. A second signal ends it at once.
const controller = new AbortController()
for (const name of endingSignals) {
  process.once(name, () => {
    interrupt(controller, name)
  })
}
process.exitCode = await runCli(process.argv.slice(2), processContext(controller.signal))
