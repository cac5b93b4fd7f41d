// @module-tag slow
/** What `npm run mutants` says about scripts rests on this: each command is found, and a note in front of it changes nothing. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { describeScore } from '../scripts/mutants/score.mjs'
import { findCommands } from '../scripts/mutants/shell/find-commands.mjs'
import { addNotes, makeMutants, notedCommand } from '../scripts/mutants/shell/make-mutants.mjs'
import { SCRIPTS } from '../scripts/mutants/shell/scripts.mjs'
import { seedsFolder } from './render/rendered.ts'
import { temporaryFolder } from './support/small-image.ts'
import { run, testWith } from './support/validators.ts'

const test = testWith('dash')
const SCRIPT = `#!/bin/sh
set -u # no command is in here: false; true
greet() { printf '%s; %s\\n' "$1" "$(date -u | cut -c 1-3)" >&2; }
if ! [ -e "\${1:-/x}" ] && greet "a # b"; then
  case $(uname -m) in
    a* | "b)") x=$((\${#y} + 1)) ;;
    *) echo 'it (is) none' 2>&1 ;;
  esac
fi
false
code=$?
fails() { false || return; }
fails || echo failed
for name in one $(echo two); do echo "$name $code" || exit 1; done
while read -r line; do (cd / && echo "$line"); done </dev/null
`
const commandsOf = (text: string): readonly string[] =>
  findCommands(text).map(({ start, end, decides }) => `${decides ? '? ' : ''}${text.slice(start, end)}`)

describe('a script', () => {
  test('has its commands found, also those within others', () => {
    expect(commandsOf(SCRIPT)).toEqual([
      'set -u',
      `printf '%s; %s\\n' "$1" "$(date -u | cut -c 1-3)" >&2`,
      'date -u',
      'cut -c 1-3',
      '? [ -e "${1:-/x}" ]',
      '? greet "a # b"',
      'uname -m',
      'x=$((${#y} + 1))',
      `echo 'it (is) none' 2>&1`,
      'false',
      'code=$?',
      '? false',
      'return',
      '? fails',
      'echo failed',
      'echo two',
      '? echo "$name $code"',
      'exit 1',
      '? read -r line',
      '? cd /',
      'echo "$line"',
    ])
  })

  test('does the same with notes, which name each command that was reached', () => {
    const notes = join(temporaryFolder(), 'notes')
    const plain = run('dash', ['-s'], { input: SCRIPT })
    expect(plain.output).toContain('failed\none 1\ntwo 1\n')
    expect(run('dash', ['-s'], { input: addNotes('a.sh', SCRIPT, notes) })).toEqual(plain)
    const reached = new Set(readFileSync(notes, 'utf8').trimEnd().split('\n'))
    // The exit code of `false` is read by the command after it, which has no note.
    expect(reached.has('a.sh 9')).toBe(true)
    expect(reached.has('a.sh 10')).toBe(false)
    expect([9, 10, 11, 12].map((index) => notedCommand(SCRIPT, index))).toEqual([9, 9, 11, 11])
  })

  test('has a mutant for each command, and a second one where its exit code decides', () => {
    const changes = makeMutants('a.sh', SCRIPT).map(({ place, change }) => `${place} ${change}`)
    expect(changes).toContain('a.sh:2 set -u → :')
    expect(changes.filter((change) => change.includes('read -r'))).toEqual([
      'a.sh:15 read -r line → :',
      'a.sh:15 read -r line → false',
    ])
    // A command that only fails has one.
    expect(changes.filter((change) => change.startsWith('a.sh:10'))).toEqual(['a.sh:10 false → :'])
  })
})

test('each script of seeds/ is in the table, and all of its mutants are valid shell', () => {
  const scripts = readdirSync(seedsFolder).filter((name) => /\.sh(\.hbs)?$/.test(name))
  expect(
    Object.keys(SCRIPTS)
      .filter((path) => path.startsWith('seeds/'))
      .sort(),
  ).toEqual(scripts.map((name) => `seeds/${name}`).sort())
  for (const name of scripts) {
    const text = readFileSync(join(seedsFolder, name), 'utf8')
    const commands = findCommands(text)
    const mutated = new Set(makeMutants(name, text).map(({ command }) => command))
    // Without its settings, a script would work on the folders of this machine.
    const unchanged = commands.filter((_command, index) => !mutated.has(index))
    expect(new Set(unchanged.map(({ start, end }) => text.slice(start, end))).size, name).toBeLessThanOrEqual(1)
    for (const { start, end } of unchanged) expect(text.slice(start, end)).toBe('. "$settings_file"')
  }
})

test('a score counts time-outs on no side', () => {
  const mutants = ['killed', 'killed', 'killed', 'survived', 'timed out'].map((status) => ({ status }))
  expect(describeScore('pki', mutants)).toBe('pki: 75.0 % (3 killed, 1 survived, 0 unreached, 1 timed out)')
})
