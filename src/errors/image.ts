import type { ErrorEntry } from './error-entry.ts'

/** Failures of reading and editing an image. */
export const imageErrors = {
  IMAGE_BOOT_PARTITION_MISSING: {
    kind: 'input',
    message: (d: { file: string }) => `${d.file} has no FAT boot partition.`,
    hint: 'Give an image for Raspberry Pi: its first partition is FAT and holds config.txt.',
    example: { file: '/home/anna/images/disk.img' },
  },
  IMAGE_ROOT_PARTITION_MISSING: {
    kind: 'input',
    message: (d: { file: string }) => `${d.file} has no ext4 root partition.`,
    hint: 'Give an image of Raspberry Pi OS, Ubuntu or Debian for Raspberry Pi: its second partition is ext4.',
    example: { file: '/home/anna/images/disk.img' },
  },
  IMAGE_ROOT_NOT_FOUND: {
    kind: 'input',
    message: (d: { file: string; path: string; root: string; partitions: readonly string[] }) =>
      `${d.path} of ${d.file} says root=${d.root}, which names none of its partitions: ${d.partitions.join('; ')}.`,
    hint: 'The image would not boot. Use it as published, or correct root= on its boot partition.',
    example: {
      file: 'raspios.img',
      path: 'cmdline.txt',
      root: 'PARTUUID=4d8fd085-02',
      partitions: ['1 (PARTUUID deadbeef-01)', '2 (PARTUUID deadbeef-02, label rootfs)'],
    },
  },
  IMAGE_ROOT_AMBIGUOUS: {
    kind: 'input',
    message: (d: { file: string; path: string; root: string | null; partitions: readonly string[] }) =>
      `${d.path} of ${d.file} ${d.root === null ? 'has no root=' : `says root=${d.root}`}, ` +
      `and several partitions can be the root: ${d.partitions.join('; ')}.`,
    hint: 'Name one of them on the boot partition, such as root=PARTUUID=4d8fd085-02.',
    example: {
      file: 'card.img',
      path: 'cmdline.txt',
      root: 'LABEL=rootfs',
      partitions: ['2 (PARTUUID 4d8fd085-02, label rootfs)', '3 (PARTUUID 4d8fd085-03, label rootfs)'],
    },
  },
  IMAGE_REPAIR_TOOL_MISSING: {
    kind: 'failure',
    message: (d: { volume: string; program: string; package: string }) =>
      `--repair needs ${d.program} for the ${d.volume} partition, and this machine has no ${d.program}.`,
    hint: (d: { package: string }) =>
      `Install the package ${d.package} (Debian, Ubuntu: \`sudo apt-get install ${d.package}\`), or get the image again.`,
    example: { volume: 'root', program: 'e2fsck', package: 'e2fsprogs' },
  },
  IMAGE_REPAIR_FAILED: {
    kind: 'input',
    message: (d: { volume: string; program: string; reason: string }) =>
      `${d.program} did not repair the ${d.volume} partition: ${d.reason}`,
    hint: 'Get the image again.',
    example: {
      volume: 'root',
      program: 'e2fsck',
      reason: 'e2fsck -fy ends with code 8 and says: Superblock invalid, trying backup blocks...',
    },
  },
  IMAGE_REPAIRED: {
    kind: 'input',
    severity: 'warning',
    message: (d: { source: string; damage: string }) =>
      `The volumes of ${d.source} are damaged, and images are made from a repaired copy. ${d.damage}`,
    hint: 'Get the image again if you can: files may be lost. See /lost+found of the root and FSCK0000.REC of the boot partition.',
    example: {
      source: '/home/anna/images/card.img',
      damage:
        'The ext4 volume of the root partition is damaged: inode 1234 has block 5678, which belongs to something else, too.',
    },
  },
  IMAGE_BOOT_FILE_MISSING: {
    kind: 'input',
    message: (d: { file: string; path: string }) => `The boot partition of ${d.file} has no ${d.path}.`,
    hint: 'Give an image for Raspberry Pi: the firmware reads config.txt and the kernel command line from it.',
    example: { file: '/home/anna/images/disk.img', path: 'config.txt' },
  },
  IMAGE_FLAVOUR_UNKNOWN: {
    kind: 'input',
    message: (d: { file: string; osName: string }) => `${d.file} holds ${d.osName}, which bantam cannot seed.`,
    hint: 'Use Raspberry Pi OS 12 or later, Ubuntu Server 24.04 or later, or Debian 13 with cloud-init, each arm64.',
    example: { file: '/home/anna/images/archlinux-rpi.img', osName: 'Arch Linux ARM' },
  },
  IMAGE_CMDLINE_INVALID: {
    kind: 'input',
    message: (d: { path: string; reason: string }) =>
      `The kernel command line in ${d.path} cannot be patched: ${d.reason}.`,
    hint: 'The file must hold one line of at most 1000 bytes. Get the image again, or use fewer tokens in `cmdline`.',
    example: { path: 'cmdline.txt', reason: 'it has 2 lines' },
  },
  IMAGE_CONFIG_TXT_LINE_TOO_LONG: {
    kind: 'input',
    message: (d: { line: string; length: number }) =>
      `A line of config.txt has ${d.length} characters; the firmware reads at most 98: ${d.line.slice(0, 60)}…`,
    hint: 'Split it: dtoverlay=NAME on one line, each parameter as dtparam=… on a separate line.',
    example: {
      line: 'dtoverlay=w1-gpio,gpiopin=4,pullup=1 # the temperature sensors of the greenhouse, with a resistor of 4.7 kOhm',
      length: 107,
    },
  },
  IMAGE_CONFIG_TXT_CONDITIONAL: {
    kind: 'input',
    message: (d: { key: string; filter: string }) =>
      `config.txt sets ${d.key} under [${d.filter}], so the kernel command line depends on the board.`,
    hint: 'Set it under [all], or use the image as published.',
    example: { key: 'cmdline', filter: 'pi4' },
  },
  IMAGE_CONFIG_TXT_BLOCK_BROKEN: {
    kind: 'input',
    message: (d: { reason: string }) => `The block that bantam wrote in config.txt is damaged: ${d.reason}.`,
    hint: 'Remove its marker lines by hand, or use the image as published.',
    example: { reason: 'one of its markers is missing' },
  },
  IMAGE_SECRETS_FOUND: {
    kind: 'failure',
    message: (d: { image: string; places: readonly string[] }) =>
      `${d.image} holds secrets of the cluster: ${d.places.join('; ')}.`,
    hint: 'Keep it as private as the secrets file. To share an image, build it with `--no-secrets`.',
    example: {
      image: 'out/home/worker-1.img',
      places: ['agent-token at byte 1610630144 (root)', 'key of the Wi-Fi at byte 1610646528 (root)'],
    },
  },
  IMAGE_READ_BACK_MISMATCH: {
    kind: 'failure',
    message: (d: { node: string; path: string; what: string }) =>
      `The image for ${d.node} was read back and ${d.path} is not as written (${d.what}).`,
    hint: 'The image was discarded. Build again; if it happens twice, check memory and disk, and report it.',
    example: { node: 'worker-1', path: 'etc/rancher/k3s/config.yaml', what: 'content' },
  },
} as const satisfies Record<string, ErrorEntry>
