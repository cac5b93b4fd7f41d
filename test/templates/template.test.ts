import { describe, expect, test } from 'vitest'
import { compileTemplate } from '../../src/templates/template.ts'
import { expectCode } from '../support/expect-code.ts'

const values = {
  name: 'node',
  list: ['a', 'b'],
  none: null,
  empty: [],
  secret: 'hunter2',
  nested: { key: 'value' },
  map: { labels: { disk: 'ssd' } },
  maps: [{ name: 'a', labels: { disk: 'ssd' } }],
  count: 3,
}
const render = (source: string): string => compileTemplate('seeds/x.hbs', source).render(values)

test("places values through the helper of the file's syntax", () => {
  expect(render('{{yaml name}} {{yaml list}} {{yaml none}}')).toBe('node [ a, b ] null')
  expect(render('{{sh nested.key}} {{env name}} {{unit name}} {{keyfile count}}')).toBe('value "node" node 3')
  expect(
    render(
      '{{#if none}}x{{else}}y{{/if}}{{#unless empty}}z{{/unless}}{{#each list}}{{sh this}}{{sh @index}}{{sh ../name}}{{/each}}',
    ),
  ).toBe('yza0nodeb1node')
})

test('writes values of units and key files so that they are read back as they are', () => {
  const text = compileTemplate('x', '{{unit a}}|{{keyfile b}}').render({ a: '50% \\o/', b: '  a\\b' })
  expect(text).toBe('50%% \\\\o/|\\s\\sa\\\\b')
})

test('the item of a list, that of the list around it, and single values by the name of the root can be placed', () => {
  const source = '{{#each lists}}{{#each this}}{{sh this}}{{yaml ..}}{{sh @root.name}}{{/each}}{{/each}}'
  expect(compileTemplate('x', source).render({ name: 'n', lists: [['a', 'b']] })).toBe('a[ a, b ]nb[ a, b ]n')
})

test('a failure that is not about a value is not reported as a missing value', () => {
  const values = {
    get name(): string {
      throw new RangeError('hunter2')
    },
  }
  const { message } = expectCode('TEMPLATE_INVALID', () =>
    compileTemplate('seeds/x.hbs', '{{yaml name}}').render(values),
  )
  expect(message).toBe('seeds/x.hbs: it cannot be rendered (RangeError).')
})

test('does not read values as templates', () => {
  expect(compileTemplate('x', '{{sh a}}').render({ a: '{{secret}} {{{x}}} <&>' })).toBe("'{{secret}} {{{x}}} <&>'")
})

test.each([
  'server-1.local',
  '192.168.1.10/24',
  'fd00::53',
  '::1',
  'v1.36.4+k3s1',
  '/var/lib/haproxy',
  '.local',
  'vrrp_1',
  150,
  0,
  true,
])('plain places %j as it is', (value) => {
  expect(compileTemplate('x', '{{plain value}}').render({ value })).toBe(String(value))
})

test.each([
  '',
  ' ',
  'two words',
  'a\nb',
  'a\tb',
  'a\n',
  '#comment',
  'a;b',
  'a"b',
  "a'b",
  'a\\b',
  '$HOME',
  '${HOME}',
  '%[src]',
  '{a}',
  'a,b',
  'a=b',
  '[::1]',
  '-option',
  '+1',
  '!a',
  'caf\u00e9',
  'a\u00a0b',
  '\u0661',
  null,
  ['a'],
  { a: 'b' },
])('plain refuses %j, with the line and without the value', (value) => {
  const { facts, message } = expectCode('TEMPLATE_VALUE_INVALID', () =>
    compileTemplate('a.hbs', 'x\n{{plain value}}').render({ value }),
  )
  expect(facts).toMatchObject({ template: 'a.hbs', line: 2, value: 'value' })
  if (typeof value === 'string' && value.length > 2) expect(message).not.toContain(value)
})

describe('a missing value', () => {
  test.each([
    ['{{yaml nam}}', 1, 'nam'],
    ['x\n  {{sh nested.kye}}', 2, 'nested.kye'],
    ['{{#if nam}}x{{/if}}', 1, 'nam'],
    ['\n{{#each lists}}x{{/each}}', 2, 'lists'],
    ['{{#unless nam}}x{{/unless}}', 1, 'nam'],
    ['\n\n{{yaml none.key}}', 3, 'none.key'],
    ['{{yaml secret.part}}', 1, 'secret.part'],
    ['\n{{yaml nothing.labels.disk}}', 2, 'nothing.labels.disk'],
    ['{{yaml constructor}}', 1, 'constructor'],
    ['{{yaml nested.__proto__}}', 1, 'nested.__proto__'],
    ['{{#each list}}{{yaml name}}{{/each}}', 1, 'name'],
  ])('is named with its line: %s', (source, line, value) => {
    const { facts } = expectCode('TEMPLATE_VALUE_MISSING', () => render(source))
    expect(facts).toMatchObject({ template: 'seeds/x.hbs', line, value })
  })

  test.each([
    ['{{yaml nam}}', 'name'],
    ['{{yaml NAME}}', 'name'],
    ['{{sh nested.kye}}', 'nested.key'],
    ['{{sh nestd.kye}}', 'nested.key'],
    ['{{#if cuont}}x{{/if}}', 'count'],
    ['{{#each lits}}x{{/each}}', 'list'],
    ['{{#each maps}}{{yaml nmae}}{{/each}}', 'name'],
    ['{{#each maps}}{{yaml @root.cuont}}{{/each}}', '@root.count'],
    ['{{#each maps}}{{yaml lables.disk}}{{/each}}', null],
    ['{{#if mapp.labels.disk}}x{{/if}}', 'map.labels.disk'],
    ['{{#if map.lables.disk}}x{{/if}}', 'map.labels.disk'],
    ['{{#if map.lables.[example.com/disk]}}x{{/if}}', 'map.labels.[example.com/disk]'],
    ['{{yaml map.labels.dsik}}', null],
    ['{{yaml map.labels.disk.size}}', null],
    ['{{yaml nothing}}', null],
    ['{{yaml none.kye}}', null],
    ['{{yaml secret.lenght}}', null],
    ['{{yaml list.[7]}}', null],
    ['{{#each maps}}{{yaml ../nam}}{{/each}}', null],
    ['{{#each maps}}{{yaml cuont}}{{/each}}', null],
  ])('is shown with the nearest value: %s', (source, nearest) => {
    const { facts, hint } = expectCode('TEMPLATE_VALUE_MISSING', () => render(source))
    expect(facts).toMatchObject({ nearest })
    if (nearest !== null) expect(hint).toBe(`Did you mean \`${nearest}\`?`)
  })

  test('is not taken for another one that ends in the same key', () => {
    const { facts } = expectCode('TEMPLATE_VALUE_MISSING', () => render('{{yaml nested.key}}\n{{yaml nestd.key}}'))
    expect(facts).toMatchObject({ line: 2, value: 'nestd.key', nearest: 'nested.key' })
  })

  test('is reported without the values that are there', () => {
    const { message, cause } = expectCode('TEMPLATE_VALUE_MISSING', () => render('{{yaml secret.part}}'))
    expect(message + String(cause)).not.toContain('hunter2')
  })
})

test.each([
  ['a list in a shell', '{{sh list}}'],
  ['a list in a unit', '{{unit list}}'],
])('a value without a form is refused: %s', (_name, source) => {
  expectCode('TEMPLATE_VALUE_INVALID', () => render(source))
})

test.each([
  ['sh', '\0'],
  ['env', 'a\nb'],
  ['unit', 'a\rb'],
  ['keyfile', '\u0007'],
  ['yaml', '\udc00'],
])('%s refuses what its syntax cannot hold, without telling it', (helper, value) => {
  const { message } = expectCode('TEMPLATE_VALUE_INVALID', () =>
    compileTemplate('x', `{{${helper} a}}`).render({ a: `hunter2${value}` }),
  )
  expect(message).not.toContain('hunter2')
})

test.each([
  ['a value without a helper', 'a\n{{name}}', 2],
  ['a value without a helper, unescaped', '{{{name}}}', 1],
  ['an unknown helper', '\n\n{{yml name}}', 3],
  ['a helper of Handlebars that is not needed', '{{#with nested}}{{yaml key}}{{/with}}', 1],
  ['lookup', '{{lookup nested "key"}}', 1],
  ['log', '{{log name}}', 1],
  ['a partial', '{{> other}}', 1],
  ['a partial block', '{{#> other}}x{{/other}}', 1],
  ['a decorator', '{{* foo}}', 1],
  ['a helper in a helper', '{{yaml (sh name)}}', 1],
  ['a helper without a value', 'x\n{{yaml}}', 2],
  ['a helper with two values', '{{sh name name}}', 1],
  ['a wrong helper inside a block', '{{#if name}}\n{{name}}{{/if}}', 2],
  ['a wrong helper in the other half of a block', '{{#if name}}{{else}}\n{{name}}{{/if}}', 2],
  ['an open block', 'a\n{{#if name}}\n', 3],
  ['a block closed by another', '{{#if name}}\n{{/each}}', 1],
  ['open braces', 'a\n{{yaml name', 2],
  ['an indent below zero', '{{yaml list indent=-1}}', 1],
  ['an indent beyond all measure', '\n{{yaml list indent=9999999999}}', 2],
  ['an indent that is no number', '{{yaml list indent="2"}}', 1],
  ['an indent that is a value', '{{yaml list indent=count}}', 1],
  ['an indent between two numbers', '{{yaml list indent=1.5}}', 1],
  ['an unknown option', '{{yaml list bogus=1}}', 1],
  ['an option of a helper without options', '{{sh name indent=2}}', 1],
  ['an option of a block', '{{#if count includeZero=true}}x{{/if}}', 1],
])('%s is refused, with its line', (_name, source, line) => {
  const { facts } = expectCode('TEMPLATE_INVALID', () => compileTemplate('seeds/x.hbs', source))
  expect(facts).toMatchObject({ template: 'seeds/x.hbs', line })
})

test.each([
  ['by the name of this', 'a\n{{yaml this}}', 2],
  ['as a dot', '{{yaml .}}', 1],
  ['by the name of the root', '{{yaml @root}}', 1],
  ['inside a condition', '{{#if name}}{{yaml this}}{{/if}}', 1],
  ['out of a list', '{{#each list}}\n{{yaml ..}}{{/each}}', 2],
  ['out of a list in a list', '{{#each lists}}{{#each this}}{{yaml ../..}}{{/each}}{{/each}}', 1],
  // Handlebars takes a list of one text for that text, and counts one step less.
  ['out of a list of one item', '{{#each short}}{{#each this}}{{yaml ..}}{{/each}}{{/each}}', 1],
  ['where a list is empty', '{{#each empty}}{{else}}{{yaml this}}{{/each}}', 1],
  ['one after the other', '{{#each this}}x{{/each}}', 1],
])('all values at once are refused: %s', (_name, source, line) => {
  const all = { ...values, lists: [['a', 'b']], short: [['a']] }
  const { facts } = expectCode('TEMPLATE_INVALID', () => compileTemplate('seeds/x.hbs', source).render(all))
  expect(facts).toMatchObject({ template: 'seeds/x.hbs', line })
})
