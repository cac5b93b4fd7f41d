import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { formatYaml } from '../../src/text/format-yaml.ts'
import { run, testWith } from '../support/validators.ts'

const texts = [
  'yes',
  'No',
  'on',
  'y',
  'true',
  'null',
  '~',
  '',
  ' ',
  ' leading',
  'trailing ',
  '1:30',
  '190:20:30',
  '0o17',
  '017',
  '0x1f',
  '0b11',
  '1_000',
  '1e3',
  '.5',
  '1.',
  '.inf',
  '.nan',
  '-1',
  '+1',
  '2001-12-14',
  '2001-12-14t21:59:43.10-05:00',
  '=',
  '<<',
  '!x',
  '&a',
  '*a',
  '#x',
  'a #b',
  'a: b',
  'a:',
  '- a',
  '? a',
  '[a]',
  '{a}',
  '{{x}}',
  '%YAML',
  '@a',
  '`a`',
  '|',
  '>',
  '"',
  "'",
  'it\'s "so"',
  'back\\slash',
  'a\nb',
  'a\n\nb\n',
  '\n',
  'tab\there',
  'bell\u0007',
  'del\u007f',
  'c1\u0080',
  'nel\u0085here',
  'line\u2028separator',
  // Around a line break, readers of YAML 1.1 drop spaces.
  'line \u2028 separator',
  'paragraph \u2029 separator',
  'next \u0085 line',
  'bom\ufeff',
  'caf\u00e9',
  '\u65e5\u672c',
  '\u{1f600}',
  '---',
  '...',
  'a'.repeat(300),
  'word '.repeat(60).trim(),
  'long line\n'.repeat(20),
  '$HOME',
  '${x}',
]
const document = {
  texts,
  nested: { yes: 'no', '1:30': ['a', { '#': null }], empty: {}, none: [], flag: true, count: 3, ratio: 0.5 },
}

test('gives the same value back to a reader of YAML 1.1 and of YAML 1.2', () => {
  for (const version of ['1.1', '1.2'] as const) {
    expect(parse(formatYaml(document), { version })).toEqual(document)
    expect(parse(`top:\n${formatYaml(document, 2)}\n`, { version })).toEqual({ top: document })
  }
})

test('writes each text alone so that it comes back, to readers of both versions', () => {
  for (const text of [
    ...texts,
    'server-1',
    'Europe/London',
    'on.off',
    'NULL',
    'NaN',
    'Inf',
    'OFF',
    'no-op',
    'e1',
    'ab1e5',
    'y',
    'N',
  ]) {
    for (const version of ['1.1', '1.2'] as const)
      expect(parse(`x: ${formatYaml(text)}`, { version })).toEqual({ x: text })
  }
})

test('any text and any value come back, to readers of both versions', () => {
  // Half a character is refused, below; a key `__proto__` is none in JavaScript.
  const text = fc.string({ unit: 'binary' })
  const value = fc
    .jsonValue({ noUnicodeString: false, maxDepth: 3 })
    .filter((one) => !JSON.stringify(one).includes('__proto__'))
  fc.assert(
    fc.property(fc.oneof(text, value), fc.constantFrom('1.1', '1.2'), (one, version) => {
      // YAML has no minus zero of JSON's.
      const expected = JSON.parse(JSON.stringify(one)) as unknown
      expect(parse(formatYaml(expected), { version })).toEqual(expected)
      expect(parse(`top:\n${formatYaml([expected], 2)}\n`, { version })).toEqual({ top: [expected] })
    }),
    { numRuns: 300 },
  )
})

testWith('python3')('gives the same value back to PyYAML, which cloud-init uses', () => {
  const source = `flow: ${formatYaml(document)}\nblock:\n${formatYaml(document, 4)}\n`
  const verdict = run(
    'python3',
    ['-c', 'import sys, yaml, json; print(json.dumps(yaml.safe_load(sys.stdin.buffer.read())))'],
    { input: source },
  )
  expect(verdict.status, verdict.output).toBe(0)
  expect(JSON.parse(verdict.output)).toEqual({ flow: document, block: document })
})

test('writes on one line, unless an indentation is asked for', () => {
  expect(formatYaml({ a: ['b', 'c d'], e: 'x\ny' })).toBe('{ a: [ b, c d ], e: "x\\ny" }')
  expect(formatYaml(document)).not.toContain('\n')
  expect(formatYaml({ a: ['b'] }, 2)).toBe('  a:\n    - b')
  expect(formatYaml([['sh', '-c', 'true'], 'b'], 2)).toBe('  - [ sh, -c, "true" ]\n  - b')
})

test.each([
  ['undefined', undefined],
  ['undefined in a list', [undefined]],
  ['undefined in a mapping', { a: { b: undefined } }],
  ['a function', () => 1],
  ['a date', new Date(0)],
  ['bytes', new Uint8Array(1)],
  ['not a number', Number.NaN],
  ['half a character', '\ud800'],
])('rejects %s', (_name, value) => {
  expect(() => formatYaml(value)).toThrow('holds')
})
