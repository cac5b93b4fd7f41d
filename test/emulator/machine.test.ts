// @module-tag slow
import { mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Machine, withMachine } from '../../src/emulator/machine.ts'
import { makeOverlayDisk } from '../../src/emulator/overlay-disk.ts'
import { withPrivateLink } from '../../src/emulator/private-link.ts'
import { expectRejection } from '../support/expect-code.ts'
import { temporaryFolder } from '../support/small-image.ts'
import { testWith } from '../support/validators.ts'

const fakeQemu = fileURLToPath(new URL('../fixtures/fake-qemu', import.meta.url))
const { signal } = new AbortController()

beforeEach(() => {
  vi.stubEnv('PATH', `${fakeQemu}${delimiter}${process.env.PATH ?? ''}`)
})
afterEach(() => {
  vi.unstubAllEnvs()
})

/** Runs a machine whose console says what `script` tells it to. */
function run<T>(
  script: readonly string[],
  use: (machine: Machine) => Promise<T>,
  machineSignal: AbortSignal = signal,
): Promise<T> {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'kernel'), script.join('\n'))
  const plan = {
    name: 'worker-1',
    kernelPath: join(folder, 'kernel'),
    initramfsPath: null,
    cmdline: '',
    diskPath: join(folder, 'disk'),
    memoryMiB: 1,
    processorCount: 1,
    linkSocket: null,
    controlSocket: join(folder, 'control'),
    clock: null,
  }
  return withMachine(plan, { signal: machineSignal, onLine: () => undefined }, use)
}

test('milestones come in the order of the console, each once, without control sequences', async () => {
  await run(
    [
      'print Linux version 6.12',
      'print \x1b[0;32m  OK\x1b[0m \x1b]104\x07first-boot[1]: stage: k3s-started',
      'print Linux version 6.12',
      'print first-boot[1]: stage: joined',
    ],
    async (machine) => {
      const { name, seconds } = await machine.reach('joined', 5000)
      expect(name).toBe('joined')
      expect(seconds).toBeGreaterThan(0)
      expect(machine.milestones.map((one) => one.name)).toEqual(['kernel', 'k3s started', 'joined'])
      expect(machine.lines[1]).toBe('  OK first-boot[1]: stage: k3s-started')
      // Past ones are known.
      expect((await machine.reach('kernel', 1)).name).toBe('kernel')
      expect(await machine.waitForLine(/k3s-started/, 1)).toContain('k3s-started')
    },
  )
})

test('a wait that takes too long fails with its target and the last line', async () => {
  const error = await expectRejection(
    'BOOT_TIMED_OUT',
    run(['print Linux version 6.12', 'print waiting for root'], (machine) => machine.reach('joined', 300)),
  )
  expect(error.message).toContain('waiting for root')
})

test.each([
  [['print [ 1.0] Kernel panic - not syncing: VFS'], 'Kernel panic'],
  [['print Linux version 6.12', 'print bye', 'off'], 'it has ended (off) after: bye'],
  [
    ['print [ TIME ] Timed out waiting for device dev-disk.', 'print You are in emergency mode.'],
    'emergency mode.; before it: [ TIME ] Timed out waiting for device dev-disk.',
  ],
])('a boot that fails ends the wait: %j', async (script, words) => {
  const error = await expectRejection(
    'BOOT_FAILED',
    run(script, (machine) => machine.reach('joined', 5000)),
  )
  expect(error.message).toContain(words)
})

test('a reboot, a shutdown and a power cut are distinguished', async () => {
  await run(['reset'], async (machine) => {
    expect(await machine.ended).toBe('reset')
  })
  await run(['off'], async (machine) => {
    expect(await machine.ended).toBe('off')
  })
  await run(['wait'], async (machine) => {
    await machine.cutPower()
    expect([await machine.ended, machine.end]).toEqual(['cut', 'cut'])
    await expectRejection('BOOT_FAILED', machine.reach('kernel', 100))
  })
})

test('an abort cuts the power, and all waits end with it', async () => {
  const controller = new AbortController()
  const work = run(
    ['wait'],
    async (machine) => {
      controller.abort(new Error('enough'))
      await expect(machine.ended).rejects.toThrow('enough')
      expect(machine.end).toBe('cut')
      throw new Error('the work has ended, too')
    },
    controller.signal,
  )
  await expect(work).rejects.toThrow('the work has ended, too')
  await expect(run(['wait'], () => Promise.resolve(), controller.signal)).rejects.toThrow('enough')
})

test('the message of QEMU is part of the error', async () => {
  const error = await expectRejection(
    'EMULATOR_FAILED',
    run(['fail could not open disk: no such file'], (machine) => machine.reach('kernel', 5000)),
  )
  expect(error.message).toContain('could not open disk')
})

test('a missing QEMU has a remedy', async () => {
  vi.stubEnv('PATH', temporaryFolder())
  await expectRejection(
    'EMULATOR_MISSING',
    run([], () => Promise.resolve()),
  )
  await expectRejection('EMULATOR_MISSING', makeOverlayDisk('/a', '/b', 1, signal))
  await expectRejection(
    'EMULATOR_MISSING',
    withPrivateLink(
      {
        network: '10.0.2.0/24',
        memberCount: 1,
        forwards: [],
        entrances: [],
        forwardProgram: [],
        folder: temporaryFolder(),
      },
      signal,
      (_sockets, ends) =>
        new Promise((_, reject) => {
          ends.addEventListener('abort', () => {
            reject(new Error('the link has ended'))
          })
        }),
    ),
  )
})

testWith('qemu-img')('the message of qemu-img is part of the error', async () => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'a'))
  const error = await expectRejection(
    'EMULATOR_FAILED',
    makeOverlayDisk(join(folder, 'missing.img'), join(folder, 'overlay'), 1_000_000, signal),
  )
  expect(error.message).toContain('missing.img')
})
