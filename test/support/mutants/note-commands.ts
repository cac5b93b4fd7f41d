/**
 * Set-up of each test file of a run over mutants of shell scripts. In the first run, the scripts write down each command that they reach;
 * what is there after a test was reached by it.
 */
import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs'
import { afterEach, beforeEach } from 'vitest'

const notesFile = process.env.BANTAM_COMMAND_NOTES
const reachedFile = process.env.BANTAM_COMMANDS_REACHED

if (notesFile !== undefined && reachedFile !== undefined) {
  beforeEach(() => {
    rmSync(notesFile, { force: true })
  })
  afterEach(({ task }) => {
    if (!existsSync(notesFile)) return
    const commands = [...new Set(readFileSync(notesFile, 'utf8').trimEnd().split('\n'))]
    appendFileSync(reachedFile, `${JSON.stringify({ file: task.file.name, test: fullName(task), commands })}\n`)
  })
}

function fullName(task: { readonly name: string; readonly suite?: { readonly name: string } | undefined }): string {
  let name = task.name
  for (let suite = task.suite; suite?.name; suite = (suite as typeof task).suite) name = `${suite.name} ${name}`
  return name
}
