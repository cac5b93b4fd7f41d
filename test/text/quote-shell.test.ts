import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { quoteShell, quoteShellLine } from '../../src/text/quote-shell.ts'
import { replaceControls } from '../../src/text/replace-controls.ts'
import { hasProgram, run } from '../support/validators.ts'

const SHELLS = (['dash', 'bash', 'zsh', 'busybox'] as const).filter((shell) => hasProgram(shell))

/** What a shell makes of words: one a line of NUL-terminated texts. */
function wordsOf(shell: string, words: readonly string[]): readonly string[] {
  const script = `printf '%s\\0' ${words.join(' ')}`
  const args = shell === 'busybox' ? ['sh', '-c', script] : ['-c', script]
  return run(shell, args, { env: { LC_ALL: 'C.UTF-8' } })
    .output.split('\0')
    .slice(0, -1)
}

const UGLY = [
  'plain/path.img',
  'a b',
  `it's`,
  'say "hi"',
  '$HOME ${HOME} $(id) `id`',
  'back\\slash\\',
  '100%s%%',
  '☃ Größe 安娜',
  '~/x',
  '#x',
  '-n',
  '!history!!',
  '*?[a-z]{1,2}',
  ';&|<>()',
  '',
  'two\nlines',
  'end\n',
  '\nstart',
  'tab\tbell\x07escape\x1b[2J',
  '\x7f\x9b\u2028\u202e',
  `-\x1b'%!\\`,
]

describe.each(SHELLS)('%s', (shell) => {
  test.each([
    ['quoteShell', quoteShell],
    ['quoteShellLine', quoteShellLine],
  ] as const)('reads back what %s writes', (_name, quote) => {
    expect(wordsOf(shell, UGLY.map(quote))).toEqual(UGLY)
  })

  test('reads back any text', () => {
    const texts = fc.array(
      fc.string({ unit: 'binary', maxLength: 30 }).filter((text) => !text.includes('\0')),
      {
        minLength: 20,
        maxLength: 40,
      },
    )
    fc.assert(
      fc.property(texts, (some) => {
        expect(wordsOf(shell, some.map(quoteShellLine))).toEqual(some)
      }),
      { numRuns: 5 },
    )
  })
})

test('a line has no control character, so that what is shown can be copied', () => {
  for (const text of UGLY.filter((one) => !one.endsWith('\n'))) {
    const line = quoteShellLine(text)
    expect(replaceControls(line)).toBe(line)
  }
  expect(quoteShellLine('out/home')).toBe('out/home')
  expect(quoteShellLine('my out')).toBe(`'my out'`)
  expect(quoteShellLine('a\nb%')).toBe(`"$(printf 'a\\012b\\045')"`)
})
