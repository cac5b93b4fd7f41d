import { expect, test } from 'vitest'
import { cmdlineValue, patchCmdline } from '../../src/image/cmdline.ts'
import { expectCode } from '../support/expect-code.ts'

const TRIXIE =
  'console=serial0,115200 console=tty1 root=PARTUUID=4d8fd085-02 rootfstype=ext4 fsck.repair=yes rootwait resize\n'
const OURS = ['cgroup_memory=1', 'cgroup_enable=memory', 'ds=nocloud;i=worker-1-0123456789ab']

test('appends tokens to the line and keeps existing tokens in their places', () => {
  expect(patchCmdline(TRIXIE, OURS, 'cmdline.txt')).toBe(`${TRIXIE.trimEnd()} ${OURS.join(' ')}\n`)
})

test('adds each token once, also on a second build', () => {
  const once = patchCmdline(TRIXIE, OURS, 'cmdline.txt')
  expect(patchCmdline(once, OURS, 'cmdline.txt')).toBe(once)
  expect(patchCmdline('cgroup_memory=1 root=/dev/sda2', [...OURS, ...OURS], 'x')).toBe(
    'cgroup_memory=1 root=/dev/sda2 cgroup_enable=memory ds=nocloud;i=worker-1-0123456789ab\n',
  )
})

test.each([
  'ds=nocloud',
  'ds=nocloud;i=rpi-imager-1786770245730',
  'ds=nocloud-net;seedfrom=http://10.0.0.2/',
  'ds=nocloud;s=file:///x/',
])('replaces %s, which would hide our instance-id', (old) => {
  const patched = patchCmdline(`a=1 ${old} b=2\n`, OURS, 'x')
  expect(patched).toBe(`a=1 b=2 ${OURS.join(' ')}\n`)
})

test('keeps a ds= token if we add none', () => {
  expect(patchCmdline('ds=nocloud;i=x', ['quiet'], 'x')).toBe('ds=nocloud;i=x quiet\n')
})

test('adds cgroup_enable=memory again if a later token disables it', () => {
  expect(patchCmdline('cgroup_enable=memory cgroup_disable=memory', OURS, 'x')).toMatch(
    /cgroup_disable=memory cgroup_memory=1 cgroup_enable=memory /,
  )
  expect(patchCmdline('cgroup_disable=memory cgroup_enable=memory', ['cgroup_enable=memory'], 'x')).toBe(
    'cgroup_disable=memory cgroup_enable=memory\n',
  )
})

test('accepts a line without a line end, with CRLF, with tabs and with blank lines after it', () => {
  expect(patchCmdline('a=1\tb=2\r\n\r\n', ['c=3'], 'x')).toBe('a=1\tb=2 c=3\n')
})

test('keeps bytes, blanks and quoted blanks as they are', () => {
  const line = 'dyndbg="file  a.c +p; ds=nocloud"  root=x\u00c2\u00a0y a=\u00e9'
  expect(patchCmdline(`${line} ds=nocloud;i=x\n`, OURS, 'x')).toBe(`${line} ${OURS.join(' ')}\n`)
})

test('refuses an empty file, a second line and a line that gets too long', () => {
  expectCode('IMAGE_CMDLINE_INVALID', () => patchCmdline(' \n', OURS, 'x'))
  expectCode('IMAGE_CMDLINE_INVALID', () => patchCmdline('a=1\ncgroup_memory=1\n', OURS, 'x'))
  expect(patchCmdline('a=1', ['b'.repeat(995)], 'x')).toHaveLength(1000)
  expectCode('IMAGE_CMDLINE_INVALID', () => patchCmdline('a=1', ['b'.repeat(996)], 'x'))
})

test.each([
  ['root=/dev/sda2', '/dev/sda2'],
  ['console=tty1 root=/dev/sda1 root=/dev/sda2 rootwait', '/dev/sda2'],
  ['root="LABEL=a b" rw', 'LABEL=a b'],
  ['"root=LABEL=a b" rw', 'LABEL=a b'],
  ['myroot=1 rootfstype=ext4', null],
  ['\nroot=LABEL=x\nroot=LABEL=never-read', 'LABEL=x'],
  ['root=', ''],
  ['', null],
])('of %o, root is %o', (text, value) => {
  expect(cmdlineValue(text, 'root')).toBe(value)
})
