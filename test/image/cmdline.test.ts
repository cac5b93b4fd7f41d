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

test('refuses an empty file, a second line, an open quote and a line that gets too long', () => {
  expectCode('IMAGE_CMDLINE_INVALID', () => patchCmdline(' \n', OURS, 'x'))
  expectCode('IMAGE_CMDLINE_INVALID', () => patchCmdline('a=1\ncgroup_memory=1\n', OURS, 'x'))
  expectCode('IMAGE_CMDLINE_INVALID', () => patchCmdline('a=1 b="c', OURS, 'x'))
  expect(patchCmdline('a=1 -- b="c', ['d=2'], 'x')).toBe('a=1 d=2 -- b="c\n')
  expect(patchCmdline('a=1', ['b'.repeat(995)], 'x')).toHaveLength(1000)
  expectCode('IMAGE_CMDLINE_INVALID', () => patchCmdline('a=1', ['b'.repeat(996)], 'x'))
})

test.each([
  ['adds tokens before what goes to init', 'a=1 -- 3 x="--"', ['b=2'], 'a=1 b=2 -- 3 x="--"\n'],
  ['adds tokens where all goes to init', '-- 3', ['b=2'], 'b=2 -- 3\n'],
  ['keeps the blanks there', 'a=1  --   3', ['b=2'], 'a=1 b=2  --   3\n'],
  ['takes nothing there for its own', 'a=1 -- b=2', ['b=2'], 'a=1 b=2 -- b=2\n'],
  [
    'does not care there what switches the memory controller off',
    'cgroup_enable=memory -- cgroup_disable=memory',
    ['cgroup_enable=memory'],
    'cgroup_enable=memory -- cgroup_disable=memory\n',
  ],
  // cloud-init reads the whole of /proc/cmdline.
  ['replaces ds=nocloud there', 'a=1 -- ds=nocloud;i=x 3', ['ds=nocloud;i=y'], 'a=1 ds=nocloud;i=y -- 3\n'],
  [
    'sees through quotes',
    '"b=2" cgroup_enable=memory "cgroup_disable=memory"',
    ['b=2', 'cgroup_enable=memory'],
    '"b=2" cgroup_enable=memory "cgroup_disable=memory" cgroup_enable=memory\n',
  ],
])('%s: %s', (_claim, text, tokens, patched) => {
  expect(patchCmdline(text, tokens, 'x')).toBe(patched)
  expect(patchCmdline(patched, tokens, 'x')).toBe(patched)
})

test.each([
  ['root=/dev/sda2', '/dev/sda2'],
  ['console=tty1 root=/dev/sda1 root=/dev/sda2 rootwait', '/dev/sda2'],
  ['root="LABEL=a b" rw', 'LABEL=a b'],
  ['"root=LABEL=a b" rw', 'LABEL=a b'],
  ['myroot=1 rootfstype=ext4', null],
  ['\nroot=LABEL=x\nroot=LABEL=never-read', 'LABEL=x'],
  ['root=', ''],
  ['root="/dev/sda2', '/dev/sda2'],
  // The kernel removes quotes only around the whole word or the whole value. It finds no such partition.
  ['root=LABEL="a b" rw', 'LABEL="a b"'],
  ['x="root=/dev/sda1 root=/dev/sda3" root=/dev/sda2', '/dev/sda2'],
  ['root=/dev/sda1\u00a0root=/dev/sda2\vrw', '/dev/sda2'],
  ['root=/dev/sda2 -- root=/dev/sda3', '/dev/sda2'],
  ['root=/dev/sda2 "--" root=/dev/sda3', '/dev/sda2'],
  ['root=/dev/sda2\t--\troot=/dev/sda3', '/dev/sda2'],
  ['quiet -- root=/dev/sda3', null],
  ['-- root=/dev/sda3', null],
  ['--x --=1 x="a -- b" root=/dev/sda2', '/dev/sda2'],
  ['', null],
])('of %o, root is %o', (text, value) => {
  expect(cmdlineValue(text, 'root')).toBe(value)
})
