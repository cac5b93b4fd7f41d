import type { ErrorEntry } from './error-entry.ts'

/** Failures of assembling a Debian image. */
export const debianErrors = {
  DEBIAN_TOOLS_MISSING: {
    kind: 'failure',
    message: (d: { missing: readonly { name: string; package: string }[] }) =>
      `A Debian image cannot be assembled here without ${d.missing.map((one) => `${one.name} (package ${one.package})`).join(', ')}.`,
    hint: 'Run scripts/setup.sh of the package bantam-k3s (in a checkout: `npm run setup`), which installs what is missing on Debian and Ubuntu, or give an image that you have: --base path/to/image.img.xz.',
    example: {
      missing: [
        { name: 'mke2fs', package: 'e2fsprogs' },
        { name: 'mkfs.fat', package: 'dosfstools' },
      ],
    },
  },
  DEBIAN_MIRROR_UNKNOWN: {
    kind: 'failure',
    message: () => "This machine's apt knows no Debian mirror.",
    hint: 'Give one: --mirror http://…/debian.',
    example: undefined,
  },
  DEBIAN_MIRROR_INVALID: {
    kind: 'input',
    message: () => 'The value of --mirror is not the URL of a mirror.',
    hint: 'Give the URL as a sources.list has it: --mirror http://…/debian.',
    example: undefined,
  },
  DEBIAN_MIRROR_LOCAL: {
    kind: 'input',
    severity: 'warning',
    message: (d: { mirror: string }) =>
      `The nodes will look for updates at ${d.mirror}, which only this machine reaches.`,
    hint: 'Name a mirror with --mirror that they reach too, or replace it in /etc/apt/sources.list.d/debian.sources on each.',
    example: { mirror: 'http://localhost:3142/debian' },
  },
  DEBIAN_MIRROR_FAILED: {
    kind: 'failure',
    message: (d: { mirror: string; reason: string }) =>
      `The Debian mirror ${d.mirror} lacks what the image needs: ${d.reason}.`,
    hint: 'Check the network and the proxy of apt, or name another mirror: --mirror http://…/debian.',
    example: { mirror: 'http://deb.example.org/debian', reason: 'Unable to locate package raspi-firmware' },
  },
  DEBIAN_KEYS_MISSING: {
    kind: 'failure',
    message: (d: { mirror: string; reason: string }) =>
      `The lists of the Debian mirror ${d.mirror} are not signed with a key that this machine trusts: ${d.reason}.`,
    hint: 'Install the newest debian-archive-keyring, which holds the keys of Debian 13, and build again.',
    example: {
      mirror: 'http://deb.example.org/debian',
      reason: "The repository 'http://deb.example.org/debian trixie InRelease' is not signed",
    },
  },
  DEBIAN_EMULATION_MISSING: {
    kind: 'failure',
    message: (d: { reason: string }) =>
      `This machine cannot run the arm64 programs that configure a Debian image: ${d.reason}.`,
    hint: 'Install qemu-user-static, then run `sudo systemctl restart systemd-binfmt` once. Or run the build as root: it then registers qemu itself while it runs.',
    example: { reason: 'no interpreter for arm64 programs is registered with the kernel' },
  },
  DEBIAN_PRIVILEGE_MISSING: {
    kind: 'failure',
    message: (d: { reason: string }) =>
      `Users other than root assemble a Debian image in a user namespace, and none can be made here: ${d.reason}.`,
    hint: 'Run the build as root, or let an administrator allow user namespaces and give this user 65536 ids in /etc/subuid and /etc/subgid.',
    example: { reason: '/etc/subuid gives anna no ids' },
  },
  DEBIAN_ASSEMBLY_FAILED: {
    kind: 'failure',
    message: (d: { suite: string; program: string; output: readonly string[] }) =>
      `Debian ${d.suite} could not be assembled: ${d.program} failed.${d.output.map((line) => `\n  | ${line}`).join('')}`,
    hint: 'Its last lines say why. If the disk is full or memory ran out, free some and build again.',
    example: {
      suite: 'trixie',
      program: 'mke2fs',
      output: [
        'mke2fs 1.47.2 (1-Jan-2025)',
        '__populate_fs: Could not allocate block in ext2 filesystem while writing file "libc.so.6"',
      ],
    },
  },
} as const satisfies Record<string, ErrorEntry>
