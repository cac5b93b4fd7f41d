import { expect, test } from 'vitest'
import { emulatedCmdline, macOf, type MachinePlan, qemuParameters } from '../../src/emulator/machine-plan.ts'

const plan: MachinePlan = {
  name: 'worker-1',
  kernelPath: '/k',
  initramfsPath: null,
  cmdline: 'root=x',
  diskPath: '/a,b/disk',
  memoryMiB: 768,
  processorCount: 2,
  linkSocket: null,
  controlSocket: '/c',
  clock: null,
}

test('the emulator’s console replaces those of the board, and everything else stays', () => {
  expect(
    emulatedCmdline(
      'console=serial0,115200 console=tty1 root=PARTUUID=5d0bc1ec-02 rootwait cgroup_memory=1 ds=nocloud;i=a',
    ),
  ).toBe(
    'root=PARTUUID=5d0bc1ec-02 rootwait cgroup_memory=1 ds=nocloud;i=a console=ttyAMA0,115200 systemd.default_device_timeout_sec=600',
  )
})

test('what goes to init stays behind the console, and quoted blanks stay', () => {
  expect(emulatedCmdline('console=tty1 "console=ttyS0" x="a  console=b" -- console=3')).toBe(
    'x="a  console=b" console=ttyAMA0,115200 systemd.default_device_timeout_sec=600 -- console=3',
  )
})

test('a machine without a link has no network card; a machine with a link has no other network', () => {
  expect(qemuParameters(plan).join(' ')).not.toMatch(/net/)
  const networks = qemuParameters({ ...plan, linkSocket: '/l' }).filter((one) => /^(user|tap|bridge|stream),/.test(one))
  expect(networks).toEqual(['stream,id=link,server=off,addr.type=unix,addr.path=/l'])
})

test('commas in paths do not end an option', () => {
  expect(qemuParameters(plan).find((one) => one.startsWith('driver=file'))).toContain('filename=/a,,b/disk,')
})

test('the clock starts at the given time', () => {
  expect(qemuParameters({ ...plan, clock: new Date('2021-11-21T10:00:00Z') })).toContain('base=2021-11-21T10:00:00')
})

test('each name has a different, locally administered address, the same each time', () => {
  const addresses = ['server-1', 'worker-1', 'worker-2', 'worker-3'].map(macOf)
  expect(new Set(addresses).size).toBe(4)
  expect(addresses[1]).toBe(macOf('worker-1'))
  for (const address of addresses) expect(address).toMatch(/^52:54(:[0-9a-f]{2}){4}$/)
})
