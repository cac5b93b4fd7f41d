/** Holds README's tables to the commands: each command and option is in both, or in neither. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { allCommands } from '../../src/cli/manual/command-tree.ts'
import { exitCodes } from '../../src/cli/manual/man-page.ts'
import { tree } from './command-tree.ts'

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')

/** The rows of the table with this heading, cell by cell. */
function tableOf(heading: string): readonly (readonly string[])[] {
  const start = readme.indexOf(`| ${heading} |`)
  expect(start, heading).toBeGreaterThan(-1)
  const lines = readme.slice(start).split('\n')
  const end = lines.findIndex((line) => !line.startsWith('|'))
  return lines.slice(2, end).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}

const wordsIn = (cell: string): readonly string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word)

/** `secrets show` `rotate` are `secrets show` and `secrets rotate`. */
function commandsIn(cell: string): readonly string[] {
  const words = wordsIn(cell).map((text) => text.split(' ').filter((word) => /^[a-z-]+$/.test(word)))
  const parents = words[0]?.slice(0, -1) ?? []
  return words.map((path, index) => (index === 0 ? path : [...parents, ...path]).join(' '))
}

const commands = allCommands(tree)
  .filter((page) => page.path.length > 0 && page.commands.length === 0)
  .map((page) => ({ name: page.path.join(' '), options: page.options.map(({ name }) => name) }))

describe('README', () => {
  test('has a row for each command, and no other', () => {
    expect(
      tableOf('command')
        .flatMap(([cell = '']) => commandsIn(cell))
        .sort(),
    ).toEqual(commands.map(({ name }) => name).sort())
  })

  test('has each option with the commands that take it, and no other', () => {
    const written = tableOf('option').flatMap(([options = '', of = '']) =>
      wordsIn(options)
        .map((option) => option.split(' ')[0] ?? '')
        .flatMap((option) => commandsOfRow(of).map((command) => `${command} ${option}`)),
    )
    const real = commands.flatMap(({ name, options }) =>
      options.filter((option) => option !== '--help').map((option) => `${name} ${option}`),
    )
    expect(written.toSorted()).toEqual([...real, ...commands.map(({ name }) => `${name} --no-color`)].sort())
  })

  test('has each exit code', () => {
    expect(tableOf('exit code').map(([code]) => code)).toEqual(exitCodes.map(([code]) => code))
  })
})

/** `all`, `all but` some, or a list. `secrets` means each of its commands. */
function commandsOfRow(cell: string): readonly string[] {
  const named = wordsIn(cell)
  const isNamed = (name: string): boolean => named.some((word) => name === word || name.startsWith(`${word} `))
  const names = commands.map(({ name }) => name)
  return cell.startsWith('all') ? names.filter((name) => !isNamed(name)) : names.filter(isNamed)
}
