import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { allCommands } from '../../../src/cli/manual/command-tree.ts'
import { formatManPage } from '../../../src/cli/manual/man-page.ts'
import { run, testWith } from '../../support/validators.ts'
import { program, tree } from '../command-tree.ts'

const page = fileURLToPath(new URL('../../../docs/bantam.1', import.meta.url))

test('the committed manual page is what npm run docs:man writes', () => {
  expect(readFileSync(page, 'utf8')).toBe(formatManPage(tree, program.version() ?? ''))
})

testWith('man')('man shows every command and option without warnings', () => {
  const env = { MANWIDTH: '80', LC_ALL: 'C.UTF-8' }
  expect(run('sh', ['-c', `man --warnings -l '${page}' 2>&1 > /dev/null`], { env })).toEqual({ status: 0, output: '' })
  const { output } = run('man', ['-l', page], { env })
  for (const { path, options } of allCommands(tree)) {
    expect(output).toContain(path.join(' '))
    for (const { name } of options) expect(output).toContain(name)
  }
  expect(output).toMatch(/130\s+Interrupted by Ctrl-C/)
})
