import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { formatBashCompletion } from '../../../src/cli/manual/bash-completion.ts'
import { formatFishCompletion } from '../../../src/cli/manual/fish-completion.ts'
import { formatZshCompletion } from '../../../src/cli/manual/zsh-completion.ts'
import { temporaryFolder } from '../../support/small-image.ts'
import { run, testWith } from '../../support/validators.ts'
import { tree } from '../command-tree.ts'

/** Asks a shell what it offers behind these words; the last is what is typed so far. */
type Ask = (words: readonly string[]) => readonly string[]

function scriptIn(folder: string, text: string): string {
  const path = join(folder, 'completion')
  writeFileSync(path, text)
  writeFileSync(join(folder, 'lab.yaml'), '')
  return path
}

const bash: Ask = (words) => {
  const folder = temporaryFolder()
  const script = scriptIn(folder, formatBashCompletion(tree))
  const asking = `. ${script}; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _bantam 2> /dev/null; printf '%s\\n' "\${COMPREPLY[@]}"`
  return linesOf(run('bash', ['--norc', '-c', asking, 'bash', 'bantam', ...words], { cwd: folder }).output)
}

const fish: Ask = (words) => {
  const folder = temporaryFolder()
  const script = scriptIn(folder, formatFishCompletion(tree))
  const line = ['bantam', ...words].join(' ')
  const { output } = run('fish', ['--no-config', '-c', `source ${script}; complete -C '${line}'`], {
    cwd: folder,
    env: { HOME: folder },
  })
  return linesOf(output).map((offer) => offer.split('\t')[0] ?? '')
}

function linesOf(text: string): readonly string[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .sort()
}

describe.each([
  ['bash', bash],
  ['fish', fish],
])('completion of %s', (shell, ask) => {
  testWith(shell)('offers commands, and those of a command', () => {
    expect(ask([''])).toEqual(tree.commands.map(({ path }) => path[0]).sort())
    expect(ask(['secrets', 'e'])).toEqual(['encrypt'])
  })

  testWith(shell)('offers the options of the command, also behind others and their values', () => {
    expect(ask(['build-image', '--no'])).toEqual(['--no-secrets', '--no-sync', '--node'])
    expect(ask(['build-image', '--rep'])).toEqual(['--repair'])
    expect(ask(['secrets', 'rotate', '--node', 'show', '--pro'])).toEqual(['--profile'])
    expect(ask(['plan', '--forc'])).toEqual([])
  })

  testWith(shell)('offers the values that an option or argument may have', () => {
    expect(ask(['build-image', '--format', ''])).toEqual(['img', 'img.xz'])
    expect(ask(['secrets', 'rotate', 'admin'])).toEqual(['admin-certificate', 'admin-key'])
    expect(ask(['completion', ''])).toEqual(['bash', 'fish', 'zsh'])
  })

  testWith(shell)('offers files where a file is meant, and nothing where a name is', () => {
    expect(ask(['plan', '--cluster', 'la'])).toEqual(['lab.yaml'])
    expect(ask(['inspect', 'la'])).toEqual(['lab.yaml'])
    expect(ask(['plan', '--node', 'la'])).toEqual([])
  })
})

testWith('bash')('bash escapes values with spaces, and completes behind "="', () => {
  expect(bash(['boot', '--until', 'cl'])).toEqual(['cloud-init\\ done'])
  expect(bash(['build-image', '--format', '=', 'img.'])).toEqual(['img.xz'])
})

testWith('zsh', 'timeout')('zsh completes options and their values', () => {
  const folder = temporaryFolder()
  const script = scriptIn(folder, formatZshCompletion(tree))
  // A pseudo-terminal, in which a person presses the tabulator key twice. A read that waits in vain is ended by timeout.
  const asking = `zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PS1=; unset zle_bracketed_paste; autoload -U compinit; compinit -u -d ${folder}/dump; source ${script}; echo READ''Y"
zpty -r shell out '*READY*'
zpty -n -w shell $'bantam build-image --forma\t'
zpty -r shell out '*--format*'
zpty -n -w shell $'img.\t'
zpty -r shell out '*=img.xz*'
print completed`
  expect(run('timeout', ['40', 'zsh', '-f', '-c', asking], { env: { TERM: 'dumb' } })).toEqual({
    status: 0,
    output: 'completed\n',
  })
})

describe.each([
  ['bash', ['-n'], formatBashCompletion],
  ['zsh', ['-n'], formatZshCompletion],
  ['fish', ['--no-execute'], formatFishCompletion],
] as const)('the script for %s', (shell, check, format) => {
  testWith(shell)('is valid', () => {
    const script = scriptIn(temporaryFolder(), format(tree))
    expect(run(shell, [...check, script])).toEqual({ status: 0, output: '' })
  })
})
