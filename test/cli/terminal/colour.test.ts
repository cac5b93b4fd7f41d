import { expect, test } from 'vitest'
import { severityWord } from '../../../src/cli/terminal/colour.ts'

test.each([
  ['on a terminal', { stream: { isTTY: true }, env: {} }, '\x1b[1;31merror\x1b[0m'],
  ['where the output is no terminal', { stream: {}, env: {} }, 'error'],
  ['with NO_COLOR', { stream: { isTTY: true }, env: { NO_COLOR: '0' } }, 'error'],
  [
    'with an empty NO_COLOR, which says nothing',
    { stream: { isTTY: true }, env: { NO_COLOR: '' } },
    '\x1b[1;31merror\x1b[0m',
  ],
  ['on a terminal without colours', { stream: { isTTY: true }, env: { TERM: 'dumb' } }, 'error'],
])('%s', (_case, target, word) => {
  expect(severityWord('error', target)).toBe(word)
})
