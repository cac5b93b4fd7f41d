import { expect, test } from 'vitest'
import { nearestWord } from '../../src/text/nearest-word.ts'

const known = ['address', 'mac', 'labels', 'taints', 'packages', 'commands']

test.each([
  ['adress', 'address'],
  ['addres', 'address'],
  ['adderss', 'address'],
  ['lables', 'labels'],
  ['Labels', 'labels'],
  ['package', 'packages'],
  ['amc', 'mac'],
  ['hostname', null],
  ['', null],
  ['x'.repeat(1000), null],
])('%s: %s', (word, expected) => {
  expect(nearestWord(word, known)).toBe(expected)
})
