/** Build step: `node dist/cli/write-man-page.js FILE` writes the manual page from the commands themselves. */
import { writeFileSync } from 'node:fs'
import { processContext } from './context.ts'
import { createProgram } from './create-program.ts'
import { readCommandTree } from './manual/command-tree.ts'
import { formatManPage } from './manual/man-page.ts'

const program = createProgram(processContext(new AbortController().signal))
writeFileSync(process.argv[2] ?? 'docs/bantam.1', formatManPage(readCommandTree(program), program.version() ?? ''))
