import { execFileSync, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { assert, array, constantFrom, property } from 'fast-check'
import { expect, test } from 'vitest'
import { matchesRule, parseIgnoreFile } from '../../src/text/git-ignore.ts'
import { temporaryFolder } from '../support/small-image.ts'
import { testWith } from '../support/validators.ts'

/** The verdict of the last rule that applies to a file, without folders. */
function verdictOf(text: string, path: string): 'ignored' | 'exception' | 'none' {
  const rule = parseIgnoreFile(text).findLast((one) => matchesRule(one, path, 'file'))
  return rule === undefined ? 'none' : rule.isException ? 'exception' : 'ignored'
}

test.each([
  ['*.secrets.yaml', 'a/home.secrets.yaml', 'ignored'],
  ['*.secrets.yaml', 'home.secrets.yaml.lock', 'none'],
  ['/home.secrets.yaml', 'home.secrets.yaml', 'ignored'],
  ['/home.secrets.yaml', 'a/home.secrets.yaml', 'none'],
  ['a/*.yaml', 'a/x.yaml', 'ignored'],
  ['a/*.yaml', 'b/a/x.yaml', 'none'],
  ['**/a/*.yaml', 'b/a/x.yaml', 'ignored'],
  ['a/**', 'a/b/c', 'ignored'],
  ['a/**/c', 'a/c', 'ignored'],
  ['a/**/c', 'a/b/b/c', 'ignored'],
  ['home.secrets.yaml/', 'home.secrets.yaml', 'none'],
  ['\\!x', '!x', 'ignored'],
  ['\\#x', '#x', 'ignored'],
  ['#x', '#x', 'none'],
  ['x \r', 'x', 'ignored'],
  ['x\\ ', 'x ', 'ignored'],
  ['h?me', 'home', 'ignored'],
  // What is not read hides nothing, and uncovers everything.
  ['h[o]me', 'home', 'none'],
  ['home\n![x]', 'home', 'exception'],
  ['a**/b', 'ab', 'none'],
])('%j and %s: %s', (text, path, verdict) => {
  expect(verdictOf(text, path)).toBe(verdict)
})

test('a pattern with many stars takes no longer than its length', () => {
  expect(verdictOf(`${'*a'.repeat(40)}*b`, 'a'.repeat(200))).toBe('none')
})

testWith('git')('agrees with git about any lines and paths', { tags: ['slow'] }, () => {
  const folder = temporaryFolder()
  execFileSync('git', ['init', '-q'], { cwd: folder })
  const lines = array(constantFrom('a', 'b', '*', '**', '?', '/', '!', '\\', ' ', '#', '.'), { maxLength: 6 })
  const text = array(lines, { minLength: 1, maxLength: 3 })
  const path = array(constantFrom('a', 'b', 'ab', '.a', 'a b', '#a'), { minLength: 1, maxLength: 3 })
  assert(
    property(text, array(path, { minLength: 1, maxLength: 4 }), (ignored, paths) => {
      writeFileSync(join(folder, '.gitignore'), ignored.map((one) => `${one.join('')}\n`).join(''))
      const input = paths.map((parts) => `${parts.join('/')}\0`).join('')
      const options = ['check-ignore', '--no-index', '--verbose', '--non-matching', '-z', '--stdin']
      const { stdout } = spawnSync('git', options, { cwd: folder, input, encoding: 'utf8' })
      const fields = stdout.split('\0')
      for (const [index, parts] of paths.entries()) {
        const pattern = fields[index * 4 + 2] ?? ''
        const verdict = pattern === '' ? 'none' : pattern.startsWith('!') ? 'exception' : 'ignored'
        const ours = throughFolders(ignored, parts)
        // What is not read here may only hide less.
        if (!ignored.some(isUnread)) expect([ignored, parts, ours]).toEqual([ignored, parts, verdict])
        else if (ours === 'ignored') expect([ignored, parts, verdict]).toEqual([ignored, parts, 'ignored'])
      }
    }),
    { numRuns: 200 },
  )
})

function isUnread(line: readonly string[]): boolean {
  return parseIgnoreFile(line.join('')).some(({ pattern }) => pattern === null)
}

/** A file in an ignored folder is ignored, whatever applies to the file itself. */
function throughFolders(ignored: readonly (readonly string[])[], parts: readonly string[]): string {
  const text = ignored.map((one) => `${one.join('')}\n`).join('')
  for (let count = 1; count < parts.length; count += 1) {
    const rules = parseIgnoreFile(text)
    const rule = rules.findLast((one) => matchesRule(one, parts.slice(0, count).join('/'), 'folder'))
    if (rule?.isException === false) return 'ignored'
  }
  return verdictOf(text, parts.join('/'))
}
