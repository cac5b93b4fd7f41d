/** A machine to be emulated: `-M virt` of QEMU, with what the firmware of a Raspberry Pi would have loaded. */
export interface MachinePlan {
  readonly name: string
  readonly kernelPath: string
  readonly initramfsPath: string | null
  readonly cmdline: string
  /** qcow2 file that takes all writes. */
  readonly diskPath: string
  readonly memoryMiB: number
  readonly processorCount: number
  /** Unix socket of the private link; null: no network card. */
  readonly linkSocket: string | null
  /** Unix socket for QEMU's machine protocol (QMP), made by QEMU. */
  readonly controlSocket: string
  /** What the clock shows at the start; null: the present. Boards have no clock that survives; this one always starts with it. */
  readonly clock: Date | null
}

/**
 * A boot takes a quarter less than with `cortex-a72`: newer cores need fewer mitigations, at which emulation is slow. Pointer authentication and vectors of any
 * length are off, for they cost and boards lack them.
 */
const PROCESSOR = 'max,pauth=off,sve=off'

/** The console of `-M virt`, a PL011 as on the boards. */
const CONSOLE = 'ttyAMA0'

/** The command line of the image with the emulator's console in place of the board's; all else stays. */
export function emulatedCmdline(cmdline: string): string {
  return [
    ...cmdline.split(/\s+/).filter((token) => token !== '' && !token.startsWith('console=')),
    `console=${CONSOLE},115200`,
  ].join(' ')
}

/** The parameters of `qemu-system-aarch64`. https://www.qemu.org/docs/master/system/arm/virt.html */
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
    // Boards have a random number generator; without one, keys wait for entropy.
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

/** QEMU's options end at a comma, unless it is doubled. */
export function escapeComma(path: string): string {
  return path.replaceAll(',', ',,')
}

/** A locally administered address from the name, so that a machine keeps it from boot to boot. */
export function macOf(name: string): string {
  let hash = 0x811c9dc5
  for (const character of name) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0
  const bytes = [hash >>> 24, (hash >>> 16) & 0xff, (hash >>> 8) & 0xff, hash & 0xff]
  return `52:54:${bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`
}
