// @module-tag slow
import { writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { changeBootFile } from '../boot/change-boot-file.ts'
import { errorOf } from '../support/cli-project.ts'
import { bantam, bantamProcess } from '../support/run-cli.ts'
import { smallImage, temporaryFolder, testWithImages } from '../support/small-image.ts'
import { hasProgram, run } from '../support/validators.ts'

const PATH = `${fileURLToPath(new URL('../fixtures/fake-qemu', import.meta.url))}${delimiter}${process.env.PATH ?? ''}`
const testBoot = hasProgram('qemu-img') ? testWithImages : test.skip

/** A small image whose kernel tells the stand-in for QEMU what to say. */
function image(folder: string, name: string, kernel: readonly string[]): string {
  const base = smallImage('raspios', folder)
  const path = join(folder, `${name}.img`)
  expect(run('cp', [base, path]).status).toBe(0)
  changeBootFile(path, 'kernel8.img', () => kernel.join('\n'))
  return path
}

test.each([
  [['--board', 'pi9'], '--board'],
  [['--until', 'breakfast'], '--until'],
  [['--timeout', '0'], '--timeout'],
  [['--network', '10.0.0.0/8'], '--network'],
  [['--forward', '10.0.2.4=80'], '--forward'],
  [['--forward', '10.0.2.3:80=80'], '--forward'],
  [['--forward', '10.0.3.4:80=80'], '--forward'],
  [['--forward', '10.0.2.4:80=99999'], '--forward'],
  [['--network', '999.1.1.0/24'], '--network'],
  [['--kernel', 'k'], '--kernel'],
])('%j is wrong usage', async (options, named) => {
  const { status, stdout } = await bantam(temporaryFolder(), ['boot', 'a.img', '--json', ...options])
  expect(status).toBe(2)
  expect(errorOf(stdout)).toMatchObject({
    code: 'USAGE_OPTION_INVALID',
    message: expect.stringContaining(named) as string,
  })
})

testBoot('an image that is not there is named', async () => {
  expect(errorOf((await bantamProcess(temporaryFolder(), ['boot', 'gone.img', '--json'], { PATH })).stdout).code).toBe(
    'BASE_FILE_MISSING',
  )
})

test('without QEMU, no image is read', async () => {
  const { status, stdout } = await bantamProcess(temporaryFolder(), ['boot', 'gone.img', '--json'], { PATH: '' })
  expect([status, errorOf(stdout).code]).toEqual([1, 'EMULATOR_MISSING'])
})

testBoot('images start together, one of them from an .xz, and stay as they are', async () => {
  const folder = temporaryFolder()
  const done = 'print Cloud-init v. 25.1.4 finished at now'
  const server = image(folder, 'server-1', ['print Linux version 6.12', done])
  const worker = image(folder, 'worker-1', ['print Linux version 6.12', done])
  const sums = run('sha256sum', [server, worker]).output
  expect(run('xz', ['-k', '-0', '-T1', worker]).status).toBe(0)
  const booted = await bantamProcess(folder, ['boot', server, `${worker}.xz`, '--json'], { PATH })
  expect(booted.status, booted.stderr).toBe(0)
  const { images } = JSON.parse(booted.stdout) as {
    images: { name: string; startCount: number; milestones: { name: string }[] }[]
  }
  expect(
    images.map(({ name, startCount, milestones }) => [name, startCount, milestones.map((one) => one.name)]),
  ).toEqual([
    ['server-1', 1, ['kernel', 'cloud-init done']],
    ['worker-1', 1, ['kernel', 'cloud-init done']],
  ])
  expect(booted.stderr).toContain('server-1: kernel8.img and cmdline.txt of the image, as a pi4 loads them')
  expect(booted.stderr).toMatch(/server-1: command line, with the console of the emulator: .*console=ttyAMA0,115200/)
  expect(run('sha256sum', [server, worker]).output).toBe(sums)
})

testBoot('a machine that reboots is started again; earlier milestones count, and seconds continue', async () => {
  const folder = temporaryFolder()
  const once = join(folder, 'once')
  const path = image(folder, 'a', [
    'print Linux version 6.12',
    `once ${once}`,
    'print first-boot[1]: stage: k3s-started',
    'reset',
    'else',
    'print Cloud-init v. 25.1.4 finished at now',
  ])
  const booted = await bantamProcess(
    folder,
    ['boot', path, '--until', 'k3s started', '--until', 'cloud-init done', '--json'],
    { PATH },
  )
  expect(booted.status, booted.stderr).toBe(0)
  const { images } = JSON.parse(booted.stdout) as {
    images: { startCount: number; milestones: { name: string; seconds: number }[] }[]
  }
  expect(images[0]?.startCount).toBe(2)
  expect(images[0]?.milestones.map((one) => one.name)).toEqual(['kernel', 'k3s started', 'cloud-init done'])
  const seconds = images[0]?.milestones.map((one) => one.seconds) ?? []
  expect([...seconds].sort((a, b) => a - b)).toEqual(seconds)
})

testBoot('a server that ends before its worker has joined is a failure', async () => {
  const folder = temporaryFolder()
  const server = image(folder, 'server-1', ['print Cloud-init v. 25.1.4 finished at now', 'off'])
  const worker = image(folder, 'worker-1', ['print Linux version 6.12'])
  const { status, stdout } = await bantamProcess(folder, ['boot', server, worker, '--timeout', '60', '--json'], {
    PATH,
  })
  expect(errorOf(stdout)).toMatchObject({ code: 'BOOT_FAILED', message: expect.stringContaining('server-1') as string })
  expect(status).toBe(1)
})

testBoot('without its router, the machines are switched off at once', async () => {
  const folder = temporaryFolder()
  // A wait for the machine's own time would be longer than a test may take.
  const { status, stdout } = await bantamProcess(
    folder,
    ['boot', image(folder, 'a', ['print Linux version 6.12']), '--timeout', '3600', '--json'],
    { PATH, FAKE_ROUTER_ENDS: '1' },
  )
  expect([status, errorOf(stdout).code]).toEqual([1, 'EMULATOR_FAILED'])
})

testBoot.each([
  [['print Kernel panic - not syncing'], 'BOOT_FAILED'],
  [['print Linux version 6.12', 'reset'], 'BOOT_TIMED_OUT'],
  [['print Linux version 6.12+rpt-rpi-v8 (gcc)'], 'BOOT_KERNEL_UNFIT'],
])('%j ends with %s', async (kernel, code) => {
  const folder = temporaryFolder()
  const { status, stdout } = await bantamProcess(
    folder,
    ['boot', image(folder, 'a', kernel), '--timeout', '3', '--json'],
    { PATH },
  )
  expect(errorOf(stdout).code).toBe(code)
  expect(status).toBe(code === 'BOOT_KERNEL_UNFIT' ? 2 : 1)
})

testBoot('an image whose kernel runs only on boards boots with a replaced kernel', async () => {
  const folder = temporaryFolder()
  const path = image(folder, 'a', ['print Linux version 6.12+rpt-rpi-v8 (gcc)'])
  writeFileSync(join(folder, 'vmlinuz'), 'print Linux version 6.12\nprint Cloud-init v. 25.1.4 finished at now')
  writeFileSync(join(folder, 'initrd'), '')
  const { status, stderr } = await bantamProcess(folder, ['boot', path, '--kernel', 'vmlinuz', '--initrd', 'initrd'], {
    PATH,
  })
  expect(status, stderr).toBe(0)
  expect(stderr).toContain('kernel and initramfs replaced by')
})
