import { expect, test } from 'vitest'
import { parseCmdlinePath, patchConfigTxt } from '../../src/image/config-txt.ts'
import { expectCode } from '../support/expect-code.ts'

const STOCK = '# comment\n\ndtparam=audio=on\ninitramfs initrd.img followkernel\n[pi4]\narm_boost=1\n'

test('keeps every line and appends one block that starts with [all]', () => {
  const patched = patchConfigTxt(STOCK, ['camera_auto_detect=0', 'gpu_mem=16'])
  expect(patched.startsWith(STOCK)).toBe(true)
  expect(patched.slice(STOCK.length).split('\n')).toEqual([
    expect.stringMatching(/^# >>> bantam/),
    '[all]',
    'camera_auto_detect=0',
    'gpu_mem=16',
    expect.stringMatching(/^# <<< bantam/),
    '',
  ])
})

test('replaces the block of an earlier build at any place', () => {
  const once = patchConfigTxt(STOCK, ['gpu_mem=16'])
  expect(patchConfigTxt(once, ['gpu_mem=16'])).toBe(once)
  expect(patchConfigTxt(once, [])).toBe(STOCK)
  expect(patchConfigTxt(`${once}[pi5]\nlater=1\n`, ['gpu_mem=32'])).toBe(
    `${patchConfigTxt(STOCK, ['gpu_mem=32'])}[pi5]\nlater=1\n`,
  )
})

test('lines below the block stay under [all], even if the block is removed', () => {
  const once = patchConfigTxt(STOCK, ['gpu_mem=16'])
  expect(patchConfigTxt(`${once}# mine\ndtoverlay=mine\n`, [])).toBe(`${STOCK}[all]\n# mine\ndtoverlay=mine\n`)
  expect(patchConfigTxt(`${once}\n# mine\n[pi5]\nlater=1\n`, [])).toBe(`${STOCK}\n# mine\n[pi5]\nlater=1\n`)
})

test('counts bytes, as the firmware does, and writes ours in UTF-8', () => {
  expectCode('IMAGE_CONFIG_TXT_LINE_TOO_LONG', () => patchConfigTxt('', [`# ${'é'.repeat(61)}`]))
  expect(Buffer.from(patchConfigTxt('# caf\u00e9\n', ['# é']), 'latin1')).toEqual(
    Buffer.concat([
      Buffer.from([0x23, 0x20, 0x63, 0x61, 0x66, 0xe9, 0x0a]),
      Buffer.from('# >>> bantam: replaced on every build\n[all]\n# é\n# <<< bantam\n'),
    ]),
  )
})

test('does not change a byte of a file that gets no lines', () => {
  for (const text of ['', 'a=1', 'a=1\r\n\r\nb=2\r\n']) expect(patchConfigTxt(text, [])).toBe(text)
})

test('adds the line end that the last line lacks', () => {
  expect(patchConfigTxt('a=1', ['b=2'])).toMatch(/^a=1\n# >>>/)
})

test('refuses lines over 98 characters, ours and those of the image', () => {
  const longest = `dtoverlay=${'x'.repeat(88)}`
  expect(patchConfigTxt('', [longest])).toContain(longest)
  expectCode('IMAGE_CONFIG_TXT_LINE_TOO_LONG', () => patchConfigTxt('', [`${longest}x`]))
  expectCode('IMAGE_CONFIG_TXT_LINE_TOO_LONG', () => patchConfigTxt(`# ${'-'.repeat(97)}\n`, ['a=1']))
})

test('refuses a block whose markers are damaged', () => {
  const once = patchConfigTxt(STOCK, ['a=1'])
  expectCode('IMAGE_CONFIG_TXT_BLOCK_BROKEN', () => patchConfigTxt(once.replace(/# <<<.*\n/, ''), ['a=1']))
  expectCode('IMAGE_CONFIG_TXT_BLOCK_BROKEN', () => patchConfigTxt(once.replace(/# >>>.*\n/, ''), ['a=1']))
  expectCode('IMAGE_CONFIG_TXT_BLOCK_BROKEN', () => patchConfigTxt(once + once, ['a=1']))
})

test.each([
  ['', '', 'cmdline.txt'],
  ['[all]\nos_prefix=current/\n[tryboot]\nos_prefix=new/\ncmdline=other.txt\n[all]\n', 'current/', 'cmdline.txt'],
  ['#os_prefix=off/\nos_prefix=a/\nos_prefix=b/\r\n', 'b/', 'cmdline.txt'],
  ['[tryboot]\nos_prefix=new/\n[pi5]\ncmdline=five.txt\n', '', 'cmdline.txt'],
  ['os_prefix=cur/\n[TRYBOOT] # try\nos_prefix=new/\n', 'cur/', 'cmdline.txt'],
  ['os_prefix=cur/\n[none]\nos_prefix=new/\n', 'cur/', 'cmdline.txt'],
  ['[pi4]\n[all]\ncmdline=a.txt\n', '', 'a.txt'],
])('finds the command line of %j', (text, osPrefix, fileName) => {
  expect(parseCmdlinePath(text)).toEqual({ osPrefix, fileName })
})

test.each(['[pi4]\nos_prefix=new/\n', '[none]\n[pi5]\ncmdline=five.txt\n'])(
  'refuses a command line that depends on the board: %j',
  (text) => {
    expectCode('IMAGE_CONFIG_TXT_CONDITIONAL', () => parseCmdlinePath(text))
  },
)
