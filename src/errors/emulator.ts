import type { ErrorEntry } from './error-entry.ts'

/** Failures of booting an image in an emulator. */
export const emulatorErrors = {
  EMULATOR_MISSING: {
    kind: 'failure',
    message: (d: { program: string }) => `${d.program} is not installed; bantam boots images in it.`,
    hint: 'Install QEMU: apt install qemu-system-arm qemu-utils (Debian, Ubuntu), brew install qemu (macOS).',
    example: { program: 'qemu-system-aarch64' },
  },
  EMULATOR_FAILED: {
    kind: 'failure',
    message: (d: { program: string; reason: string }) => `${d.program} failed: ${d.reason}.`,
    hint: 'Use QEMU 7.2 or later. If you do, the text above is from QEMU and says what is missing.',
    example: { program: 'qemu-system-aarch64', reason: 'it did not open its control socket' },
  },
  BOOT_TIMED_OUT: {
    kind: 'failure',
    message: (d: { machine: string; awaited: string; seconds: number; lastLine: string }) =>
      `${d.machine} did not reach "${d.awaited}" within ${d.seconds} s; its last line: ${d.lastLine.slice(0, 200)}`,
    hint: 'Look at its console for the reason. If this machine is slow, allow more time with --timeout.',
    example: {
      machine: 'worker-1',
      awaited: 'k3s started',
      seconds: 600,
      lastLine: '[   41.207318] cloud-init[612]: Setting up nfs-common (1:2.8.3-1) ...',
    },
  },
  BOOT_FAILED: {
    kind: 'failure',
    message: (d: { machine: string; line: string; cause: string | null }) =>
      `${d.machine} cannot boot: ${d.line.slice(0, 200)}${d.cause === null ? '' : `; before it: ${d.cause.slice(0, 200)}`}`,
    hint: 'The lines before it on the console say why. Does the base image itself boot? Try: bantam boot BASE',
    example: {
      machine: 'worker-1',
      line: '[    2.114083] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)',
      cause: null,
    },
  },
  BOOT_KERNEL_UNFIT: {
    kind: 'input',
    message: (d: { file: string; kernel: string }) =>
      `The kernel of ${d.file} (${d.kernel}) is for Raspberry Pi only: it has no drivers for the emulator's disk and network.`,
    hint: 'Give a kernel for generic arm64 machines of about the same version: --kernel FILE --initrd FILE, such as those of Debian’s linux-image-arm64.',
    example: { file: '/home/anna/images/raspios.img', kernel: '6.12.25+rpt-rpi-v8' },
  },
} as const satisfies Record<string, ErrorEntry>
