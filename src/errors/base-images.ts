import type { ErrorEntry } from './error-entry.ts'

/** Failures of finding a base image. */
export const baseImageErrors = {
  BASE_NONE_AVAILABLE: {
    kind: 'failure',
    message: (d: { attempts: readonly { reference: string; message: string; hint: string }[] }) =>
      `None of the ${d.attempts.length} base images is available:${d.attempts.map((a) => `\n  - ${a.reference}: ${a.message}\n    ${a.hint}`).join('')}`,
    hint: 'Fix one of these, or give an image that you have: --base path/to/image.img.xz, or its path or URL in `os`.',
    example: {
      attempts: [
        {
          reference: 'raspios-13-lite',
          message:
            'https://downloads.raspberrypi.com/raspios_lite_arm64_latest cannot be reached: there is no network.',
          hint: 'Check the network and the address.',
        },
        {
          reference: 'debian-13',
          message: 'A Debian image cannot be assembled here without mke2fs (package e2fsprogs).',
          hint: 'Run scripts/setup.sh of the package bantam-k3s.',
        },
      ],
    },
  },
  BASE_REFERENCE_INVALID: {
    kind: 'input',
    message: (d: { reference: string; reason: string }) =>
      `\`${d.reference}\` does not name a base image: ${d.reason}.`,
    hint: 'Give a catalog id such as `raspios-13-lite`, a file, or `https://…/image.img.xz`, with `#sha256=<64 hex digits>` to pin it.',
    example: { reference: 'ftp://…', reason: 'only http and https addresses are read' },
  },
  BASE_ID_UNKNOWN: {
    kind: 'input',
    message: (d: { id: string; nearest: string | null; known: readonly string[] }) =>
      `\`${d.id}\` is neither a file nor in the catalog of base images.`,
    hint: (d: { nearest: string | null; known: readonly string[] }) =>
      `${d.nearest === null ? '' : `Did you mean \`${d.nearest}\`? `}The catalog holds ${d.known.join(', ')}.`,
    example: {
      id: 'raspios-13',
      nearest: 'raspios-13-lite',
      known: ['raspios-13-lite', 'raspios-12-lite', 'ubuntu-24.04', 'ubuntu-26.04', 'debian-13'],
    },
  },
  BASE_ID_UNAVAILABLE: {
    kind: 'input',
    message: (d: { id: string; reason: string }) => `\`${d.id}\` is not available here: ${d.reason}.`,
    hint: 'Name another base image in `os`, or give one that you have: --base path/to/image.img.xz.',
    example: { id: 'debian-13', reason: 'nobody publishes this image, and this build assembles none' },
  },
  BASE_FILE_MISSING: {
    kind: 'input',
    message: (d: { file: string }) => `There is no file ${d.file}.`,
    hint: 'Check the path. In `os`, relative ones start at the folder of cluster.yaml; on the command line, at the folder that the command runs in (with npm run: that of package.json).',
    example: { file: '/home/anna/images/raspios.img.xz' },
  },
  BASE_FILE_UNREADABLE: {
    kind: 'input',
    message: (d: { file: string; reason: string }) => `${d.file} cannot be read as a base image: ${d.reason}.`,
    hint: 'Give a regular file that you may read. Copy a card or disk to a file first, for example: sudo dd if=/dev/sdX of=card.img bs=4M',
    example: { file: '/dev/sda', reason: 'it is a disk, not a file' },
  },
  BASE_FORMAT_UNSUPPORTED: {
    kind: 'input',
    message: (d: { file: string; format: string }) =>
      `${d.file} is a ${d.format} file; base images are raw, .xz or .gz.`,
    hint: 'Unpack it and give the .img that it holds.',
    example: { file: '/home/anna/images/raspios.zip', format: 'zip' },
  },
  BASE_RELEASE_NOT_FOUND: {
    kind: 'failure',
    message: (d: { id: string; url: string; reason: string }) =>
      `No image of \`${d.id}\` was found at ${d.url}: ${d.reason}.`,
    hint: "The publisher may have moved it. Give the image's URL or a downloaded file in `os`.",
    example: {
      id: 'ubuntu-26.04',
      url: 'https://cdimage.ubuntu.com/releases/26.04/release/SHA256SUMS',
      reason: 'the list names no image of this kind',
    },
  },
  BASE_CHECKSUM_UNKNOWN: {
    kind: 'failure',
    severity: 'warning',
    message: (d: { url: string; sha256: string }) => `${d.url} is not verified: no checksum was found beside it.`,
    hint: (d: { sha256: string }) => `Add \`#sha256=${d.sha256}\` to the URL. This pins the file that was used now.`,
    example: {
      url: 'https://downloads.example.org/raspios/custom.img.xz',
      sha256: '5f8e2a41c0d97b36e1f4a2885dc30b7196ea4fd2837b05c19d64e8f0a7b2c35d',
    },
  },
  BASE_CACHED_IMAGE_USED: {
    kind: 'failure',
    severity: 'warning',
    message: (d: { reference: string; obtainedAt: string; reason: string; remedy: string | null }) =>
      `The image of \`${d.reference}\` cached on ${d.obtainedAt} is used, because bantam could not look for a newer one: ${d.reason}`,
    hint: (d: { remedy: string | null }) => d.remedy ?? 'Build again with a network to use the newest image.',
    example: {
      reference: 'raspios-13-lite',
      obtainedAt: '2026-06-20T08:15:00.000Z',
      reason: 'https://downloads.raspberrypi.com/raspios_lite_arm64_latest cannot be reached: there is no network.',
      remedy: null,
    },
  },
  BASE_BOARD_UNSUPPORTED: {
    kind: 'input',
    severity: 'warning',
    message: (d: { node: string; board: string; base: string }) =>
      `Node ${d.node} is a ${d.board}, which does not boot ${d.base}: its kernel does not support that board.`,
    hint: 'Give it an image of Raspberry Pi OS or Ubuntu with --base or `os`.',
    example: { node: 'worker-1', board: 'pi5', base: 'debian-13' },
  },
} as const satisfies Record<string, ErrorEntry>
