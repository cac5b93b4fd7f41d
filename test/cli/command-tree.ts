/** The commands as the program has them, for tests of what is made from them. */
import { processContext } from '../../src/cli/context.ts'
import { createProgram } from '../../src/cli/create-program.ts'
import { type CommandPage, readCommandTree } from '../../src/cli/manual/command-tree.ts'

export const program = createProgram(processContext(new AbortController().signal))
export const tree: CommandPage = readCommandTree(program)
