#!/usr/bin/env node
import { processContext } from './context.ts'
import { endingSignals, interrupt } from './interruption.ts'
import { runCli } from './run-cli.ts'

// Whoever reads the output may stop early, as head does: that is no failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}
// Ctrl-C, a closed terminal and a polite kill end the build in good order; a second one ends it at once.
const controller = new AbortController()
for (const name of endingSignals) {
  process.once(name, () => {
    interrupt(controller, name)
  })
}
process.exitCode = await runCli(process.argv.slice(2), processContext(controller.signal))
