import { expect, test } from 'vitest'
import { evaluateConfigTxt } from '../../src/image/evaluate-config-txt.ts'

const plain = { osPrefix: '', kernel: null, initramfs: [], autoInitramfs: false, cmdline: 'cmdline.txt', unknown: [] }

test('Raspberry Pi OS 13: the kernel is the firmware’s choice, and its initramfs is found by its name', () => {
  const text =
    'dtparam=audio=on\nauto_initramfs=1\narm_64bit=1\n[cm4]\notg_mode=1\n[cm5]\ndtoverlay=dwc2,dr_mode=host\n[pi5]\ndtoverlay=nospi10\n[all]\n'
  for (const board of ['pi4', 'pi5', 'cm5'] as const)
    expect(evaluateConfigTxt(text, board)).toEqual({ ...plain, autoInitramfs: true })
})

test('Ubuntu 25.10: only the prefix outside of [tryboot] counts', () => {
  const text =
    '[all]\nos_prefix=current/\n\n[tryboot]\nos_prefix=new/\n\n[all]\nkernel=vmlinuz\ncmdline=cmdline.txt\ninitramfs initrd.img followkernel\n'
  expect(evaluateConfigTxt(text, 'pi4')).toEqual({
    ...plain,
    osPrefix: 'current/',
    kernel: 'vmlinuz',
    initramfs: ['initrd.img'],
  })
})

test.each([
  ['pi4', '[pi4]\nkernel=a\n', 'a'],
  ['pi400', '[pi4]\nkernel=a\n', 'a'],
  ['cm4', '[pi400]\nkernel=a\n', null],
  ['pi5', '[pi4]\nkernel=a\n[pi5]\nkernel=b\n', 'b'],
  ['pi3', '[pi3]\nkernel=a\n[all]\nkernel=b\n', 'b'],
  ['pi4', '[none]\nkernel=a\n', null],
  ['pi4', '[none]\n[pi4]\nkernel=a\n', null],
  ['pi4', '[tryboot]\n[all]\nkernel=a\n', 'a'],
  ['pi4', '[boot_partition=1]\nkernel=a\n', 'a'],
  ['pi4', '[boot_partition=2]\nkernel=a\n', null],
  ['pi4', '[boot_partition=2]\n[pi4]\nkernel=a\n', null],
  ['pi4', '[PI4]\r\nkernel=a\r\n', 'a'],
  ['pi4', '#kernel=a\nkernel=b\nkernel=c\n', 'c'],
  ['zero2w', '[pi02]\nkernel=a\n', 'a'],
  ['pi4', ' \t[ pi4 ] more\nkernel=a\n', 'a'],
  ['pi4', 'x[pi5]\nkernel=a\n', 'a'],
  ['pi4', 'X kernel=a\n', null],
  ['pi4', ' \tkernel=a \t\n', 'a'],
] as const)('on a %s, %j gives the kernel %s', (board, text, kernel) => {
  expect(evaluateConfigTxt(text, board)).toEqual({ ...plain, kernel })
})

test('a setting that only the real board can decide counts as not set, and is named', () => {
  expect(
    evaluateConfigTxt('[gpio4=1]\nkernel=a\n[all]\n[0x12345678]\nkernel=b\n[all]\ninclude extra.txt\n', 'pi4'),
  ).toEqual({ ...plain, unknown: ['[gpio4=1]', '[0x12345678]', 'include extra.txt'] })
})

test('several initramfs files are loaded one after another', () => {
  expect(evaluateConfigTxt('initramfs a.img,b.img followkernel\n', 'pi4').initramfs).toEqual(['a.img', 'b.img'])
  expect(evaluateConfigTxt('ramfsfile=a.img,b.img\n', 'pi4').initramfs).toEqual(['a.img', 'b.img'])
})

test('spaces around a setting do not matter, and other words in front of it make it another line', () => {
  expect(evaluateConfigTxt('auto_initramfs=0\n', 'pi4')).toEqual(plain)
  expect(evaluateConfigTxt('cmdline=other.txt\n', 'pi4')).toEqual({ ...plain, cmdline: 'other.txt' })
  expect(evaluateConfigTxt(' \tinitramfs  \ta.img\n', 'pi4').initramfs).toEqual(['a.img'])
  expect(evaluateConfigTxt('no initramfs a.img\nno include b.txt\n', 'pi4')).toEqual(plain)
  expect(evaluateConfigTxt(' include\tb.txt \r\n', 'pi4').unknown).toEqual(['include\tb.txt'])
})

test.each(['xpi5', 'pi5x', 'pi5 '])('a filter that only looks like that of a model: [%s]', (filter) => {
  const { kernel, unknown } = evaluateConfigTxt(`[${filter}]\nkernel=a\n`, 'pi4')
  expect([kernel, unknown]).toEqual([null, filter === 'pi5 ' ? [] : [`[${filter}]`]])
})
