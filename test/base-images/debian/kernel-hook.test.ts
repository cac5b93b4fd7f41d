/** The script that puts a new kernel onto the boot partition of Debian 13, below a separate root. */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect } from 'vitest'
import { placeRootedScript } from '../../render/rooted-script.ts'
import { temporaryFolder } from '../../support/small-image.ts'
import { run, testWith, type Verdict } from '../../support/validators.ts'

const test = testWith('dash')
const SCRIPT = '../debian-13/root/etc/kernel/postinst.d/z50-raspi-firmware'
const NEW = '6.12.43+deb13-arm64'
let root: string
let script: string

beforeEach(() => {
  root = temporaryFolder()
  for (const folder of ['bin', 'boot/firmware', `usr/lib/linux-image-${NEW}/broadcom`])
    mkdirSync(join(root, folder), { recursive: true })
  script = placeRootedScript(SCRIPT, root, 'z50-raspi-firmware')
  for (const version of ['6.1.0-arm64', NEW]) {
    write(`boot/initrd.img-${version}`, `initramfs ${version}`)
    write(`boot/vmlinuz-${version}`, `kernel ${version}`)
  }
  for (const name of ['bcm2711-rpi-4-b.dtb', 'bcm2837-rpi-3-b.dtb', 'other.dtb'])
    write(`usr/lib/linux-image-${NEW}/broadcom/${name}`, `tree ${name}`)
  write('boot/firmware/kernel8.img', 'earlier kernel')
  program('linux-version', `case $1 in list) printf '6.1.0-arm64\\n${NEW}\\n' ;; sort) sort -rV ;; esac`)
  program('ischroot', 'exit 1')
  program('mountpoint', `echo "mountpoint $*" >>${root}/calls`)
  program('sync', `echo "sync $*" >>${root}/calls`)
  program('mv', `echo "mv $*" >>${root}/calls; PATH=\${PATH#*:} exec mv "$@"`)
})

function write(path: string, text: string): void {
  writeFileSync(join(root, path), text)
}

function program(name: string, text: string): void {
  write(`bin/${name}`, `#!/bin/sh\n${text}\n`)
  chmodSync(join(root, 'bin', name), 0o755)
}

function runHook(parameters = `'configure' '${NEW}'`): Verdict {
  return run('dash', [script, NEW, `/boot/vmlinuz-${NEW}`], {
    env: { PATH: `${root}/bin:${process.env.PATH ?? ''}`, DEB_MAINT_PARAMS: parameters },
  })
}

const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const calls = (): readonly string[] =>
  existsSync(join(root, 'calls')) ? read('calls').trimEnd().replaceAll(`${root}/`, '').split('\n') : []
const onFirmware = (): readonly string[] => readdirSync(join(root, 'boot/firmware')).sort()
const complete = ['bcm2711-rpi-4-b.dtb', 'bcm2837-rpi-3-b.dtb', 'initramfs8', 'kernel8.img']

test.each(['configure', 'remove'])('%s puts the newest kernel, its initramfs and its trees there', (verb) => {
  expect(runHook(`'${verb}' '${NEW}'`)).toEqual({ status: 0, output: '' })
  expect(onFirmware()).toEqual(complete)
  expect(read('boot/firmware/kernel8.img')).toBe(`kernel ${NEW}`)
  expect(read('boot/firmware/initramfs8')).toBe(`initramfs ${NEW}`)
  expect(read('boot/firmware/bcm2711-rpi-4-b.dtb')).toBe('tree bcm2711-rpi-4-b.dtb')
})

test('each file is on the card before it takes the place of the earlier one, and the kernel comes last', () => {
  expect(runHook().status).toBe(0)
  expect(calls()).toEqual([
    'mountpoint -q boot/firmware',
    ...complete.flatMap((name) => [
      `sync -f boot/firmware/${name}.new`,
      `mv boot/firmware/${name}.new boot/firmware/${name}`,
    ]),
  ])
})

test('a system that cannot flush one file gets it all the same', () => {
  program('sync', 'exit 1')
  expect(runHook().status).toBe(0)
  expect(onFirmware()).toEqual(complete)
})

test('while an image is made, nothing is mounted and nothing is flushed', () => {
  program('ischroot', ':')
  expect(runHook().status).toBe(0)
  expect(onFirmware()).toEqual(complete)
  expect(calls().filter((call) => !call.startsWith('mv '))).toEqual([])
})

test('without its partition, it fails and says so', () => {
  program('mountpoint', 'exit 1')
  expect(runHook()).toEqual({ status: 1, output: `raspi-firmware: ${root}/boot/firmware is not mounted\n` })
  expect(read('boot/firmware/kernel8.img')).toBe('earlier kernel')
})

test('a full partition leaves the earlier kernel, and is an error', () => {
  program('cp', 'exit 1')
  expect(runHook().status).toBe(1)
  expect(onFirmware()).toEqual(['kernel8.img'])
  expect(read('boot/firmware/kernel8.img')).toBe('earlier kernel')
})

test.each<[string, () => string]>([
  ['another step of the package', () => `'abort-upgrade' '${NEW}'`],
  [
    'a kernel whose initramfs is not made yet',
    () => {
      rmSync(join(root, `boot/initrd.img-${NEW}`))
      return `'configure' '${NEW}'`
    },
  ],
  [
    'no kernel',
    () => {
      program('linux-version', ':')
      write('boot/initrd.img-', '')
      return `'remove' '${NEW}'`
    },
  ],
])('%s changes nothing', (_what, prepare) => {
  expect(runHook(prepare())).toEqual({ status: 0, output: '' })
  expect([onFirmware(), calls()]).toEqual([['kernel8.img'], []])
})

test('a kernel without trees is put there', () => {
  rmSync(join(root, `usr/lib/linux-image-${NEW}`), { recursive: true })
  expect(runHook().status).toBe(0)
  expect(onFirmware()).toEqual(['initramfs8', 'kernel8.img'])
})
