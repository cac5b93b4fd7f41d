import type { ErrorEntry } from './error-entry.ts'

/** Failures of booting an image in an emulator. */
export const emulatorErrors = {
  EMULATOR_MISSING: {
    kind: 'failure',
    message: (d: { program: string }) => `${d.program} is not installed; bantam boots images in it.`,
    hint: 'Install QEMU: apt install qemu-system-arm qemu-utils (Debian, Ubuntu), brew install qemu (macOS).',
  },
  EMULATOR_FAILED: {
    kind: 'failure',
    message: (d: { program: string; reason: string }) => `${d.program} failed: ${d.reason}.`,
    hint: 'Use QEMU 7.2 or later. If you do, the text above is from QEMU and says what is missing.',
  },
  BOOT_TIMED_OUT: {
    kind: 'failure',
    message: (d: { machine: string; awaited: string; seconds: number; lastLine: string }) =>
      `${d.machine} did not reach "${d.awaited}" within ${d.seconds} s; its last line: ${d.lastLine.slice(0, 200)}`,
    hint: 'Look at its console for the reason. If this machine is slow, allow more time with --timeout.',
  },
  BOOT_FAILED: {
    kind: 'failure',
    message: (d: { machine: string; line: string }) => `${d.machine} cannot boot: ${d.line.slice(0, 200)}`,
    hint: 'The lines before it on the console say why. Does the base image itself boot? Try: bantam boot BASE',
  },
  BOOT_KERNEL_UNFIT: {
    kind: 'input',
    message: (d: { file: string; kernel: string }) =>
      `The kernel of ${d.file} (${d.kernel}) is for Raspberry Pi only: it has no drivers for the emulator's disk and network.`,
    hint: 'Give a kernel for generic arm64 machines of about the same version: --kernel FILE --initrd FILE, such as those of Debian’s linux-image-arm64.',
  },
} as const satisfies Record<string, ErrorEntry>
