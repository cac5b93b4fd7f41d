import { expect, test } from 'vitest'
import { findBootCause, isBootFailure, parseMilestone } from '../../src/emulator/milestones.ts'

test.each([
  ['[    0.000000] Linux version 6.12.43+deb13-arm64 (debian-kernel@lists.debian.org)', 'kernel'],
  [
    '[   61.2] cloud-init[601]: Cloud-init v. 25.1.4 finished at Sat, 21 Nov 2026 12:20:10 +0000. Datasource DataSourceNoCloud [seed=/boot/firmware].  Up 61.20 seconds',
    'cloud-init done',
  ],
  [
    "[   30.1] cloud-init[375]: Cloud-init v. 25.1.4 running 'init-local' at Sat, 21 Nov 2026 18:29:07 +0000. Up 154.25 seconds.",
    null,
  ],
  ['[  293.954679] first-boot[514]: 2026-11-21T18:31:27Z stage: k3s-started', 'k3s started'],
  ['worker-1 login: [  402.791877] first-boot[514]: 2026-11-21T18:33:16Z stage: joined', 'joined'],
  ['someone says stage: joined', null],
])('%s', (line, expected) => {
  expect(parseMilestone(line)).toBe(expected)
})

test('detects a failed boot', () => {
  expect(isBootFailure('[    4.1] Kernel panic - not syncing: VFS: Unable to mount root fs')).toBe(true)
  expect(isBootFailure('You are in emergency mode. After logging in, type "journalctl -xb"')).toBe(true)
  expect(isBootFailure('ALERT!  PARTUUID=5d0bc1ec-02 does not exist.  Dropping to a shell!')).toBe(true)
  expect(isBootFailure('systemd[1]: Reached target emergency')).toBe(false)
})

test('the cause of a failed boot is the first unit that failed, before those that wait for it', () => {
  const lines = [
    '[  OK  ] Reached target sysinit.target',
    '[DEPEND] Dependency failed for local-fs.target',
    '[FAILED] Failed to mount boot-firmware.mount',
    '[FAILED] Failed to start emergency.service',
  ]
  expect(findBootCause(lines)).toBe(lines[2])
  expect(findBootCause(lines.slice(0, 2))).toBe(lines[1])
  expect(findBootCause([...lines, '[ TIME ] Timed out waiting for device dev-mmcblk0p1.device'])).toMatch(/device/)
  expect(findBootCause(lines.slice(0, 1))).toBeNull()
})
