import { expect, test } from 'vitest'
import { formatTable } from '../../../src/cli/terminal/format-table.ts'

const rows = [
  ['NODE', 'JOINS', 'OS'],
  ['server-1', 'initializes the cluster', 'raspios-13-lite, https://mirror.example/pi/os.img.xz'],
  ['worker-1', 'https://192.168.1.10:6443', 'raspios-13-lite, debian-13'],
]

test('without a terminal, each row is one line', () => {
  expect(formatTable(rows)).toBe(
    [
      'NODE      JOINS                      OS',
      'server-1  initializes the cluster    raspios-13-lite, https://mirror.example/pi/os.img.xz',
      'worker-1  https://192.168.1.10:6443  raspios-13-lite, debian-13',
      '',
    ].join('\n'),
  )
})

test('on a terminal, cells are broken into more lines after spaces and separators, and no word is lost', () => {
  const text = formatTable(rows, 60)
  expect(text).toBe(
    [
      'NODE      JOINS                    OS',
      'server-1  initializes the cluster  raspios-13-lite,',
      '                                   https://mirror.example/',
      '                                   pi/os.img.xz',
      'worker-1  https://192.168.1.10:    raspios-13-lite,',
      '          6443                     debian-13',
      '',
    ].join('\n'),
  )
})

test('words that cannot be broken stay whole on a narrow terminal', () => {
  expect(formatTable([['one-long-word', 'another']], 10)).toBe('one-long-word  another\n')
})

test('a line break in a cell makes no row', () => {
  expect(formatTable([['system', 'Debian\nroot  all free']])).toBe('system  Debian\ufffdroot  all free\n')
})
