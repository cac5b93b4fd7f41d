import { parseKernelWord, splitKernelLine } from '../text/kernel-words.ts'

/** A machine to emulate: `-M virt` of QEMU, with the files that the firmware of a Raspberry Pi would load. */
export interface MachinePlan {
  readonly name: string
  readonly kernelPath: string
  readonly initramfsPath: string | null
  readonly cmdline: string
  /** qcow2 file that receives all writes. */
  readonly diskPath: string
  readonly memoryMiB: number
  readonly processorCount: number
  /** Unix socket of the private link; null: no network card. */
  readonly linkSocket: string | null
  /** Unix socket for QEMU's machine protocol (QMP). QEMU makes it. */
  readonly controlSocket: string
  /** Time of the clock at the start; null: now. Boards have no clock that survives a power cut, so every start begins with this time. */
  readonly clock: Date | null
}

/**
 * A boot takes a quarter less time than with `cortex-a72`: newer cores need fewer mitigations, which are slow to emulate. Pointer
 * authentication and scalable vectors are off, because they cost time and boards lack them.
 */
const PROCESSOR = 'max,pauth=off,sve=off'

/** The console of `-M virt`: a PL011, as on the boards. */
const CONSOLE = 'ttyAMA0'

/**
 * systemd gives a disk 90 s to appear. On an emulated machine beside others it took longer, and the system stayed in emergency mode.
 * Versions before 254 do not know this setting. https://www.freedesktop.org/software/systemd/man/latest/kernel-command-line.html
 */
const DEVICE_TIMEOUT = 'systemd.default_device_timeout_sec=600'

/** Replaces the board's console by the emulator's in the image's command line, and lets disks be slow. Everything else stays. */
export function emulatedCmdline(cmdline: string): string {
  const { kernel, init } = splitKernelLine(cmdline)
  const kept = kernel.map(({ text }) => text).filter((text) => parseKernelWord(text).name !== 'console')
  return [...kept, `console=${CONSOLE},115200`, DEVICE_TIMEOUT, ...init.map(({ text }) => text)].join(' ')
}

/** Lists the parameters of `qemu-system-aarch64`. https://www.qemu.org/docs/master/system/arm/virt.html */
export function qemuParameters(plan: MachinePlan): readonly string[] {
  return [
    '-M',
    'virt',
    '-cpu',
    PROCESSOR,
    '-smp',
    String(plan.processorCount),
    '-m',
    String(plan.memoryMiB),
    '-accel',
    'tcg,thread=multi,tb-size=256',
    '-nodefaults',
    '-no-user-config',
    '-no-reboot',
    '-display',
    'none',
    '-serial',
    'stdio',
    '-qmp',
    `unix:${escapeComma(plan.controlSocket)},server=on,wait=off`,
    '-kernel',
    plan.kernelPath,
    ...(plan.initramfsPath === null ? [] : ['-initrd', plan.initramfsPath]),
    '-append',
    plan.cmdline,
    '-blockdev',
    `driver=file,filename=${escapeComma(plan.diskPath)},node-name=file,cache.no-flush=off,discard=unmap`,
    '-blockdev',
    'driver=qcow2,file=file,node-name=disk,discard=unmap',
    '-device',
    'virtio-blk-pci,drive=disk',
    // Boards have a random number generator. Without one, the creation of keys waits for entropy.
    '-device',
    'virtio-rng-pci',
    ...(plan.linkSocket === null
      ? []
      : [
          '-netdev',
          `stream,id=link,server=off,addr.type=unix,addr.path=${escapeComma(plan.linkSocket)}`,
          '-device',
          `virtio-net-pci,netdev=link,id=eth0,romfile=,mac=${macOf(plan.name)}`,
        ]),
    '-rtc',
    plan.clock === null ? 'base=utc' : `base=${plan.clock.toISOString().slice(0, 19)}`,
  ]
}

/** Doubles commas, because a single comma ends an option of QEMU. */
export function escapeComma(path: string): string {
  return path.replaceAll(',', ',,')
}

/** Derives a locally administered address from the name, so that a machine keeps its address from boot to boot. */
export function macOf(name: string): string {
  let hash = 0x811c9dc5
  for (const character of name) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0
  const bytes = [hash >>> 24, (hash >>> 16) & 0xff, (hash >>> 8) & 0xff, hash & 0xff]
  return `52:54:${bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`
}
