import { downloadAgain } from './download-again.ts'
import type { ErrorEntry } from './error-entry.ts'

const checkNetwork =
  'Check the network and the address. Instead of a base image, you can give one that you have: --base path/to/image.img.xz, or its path in `os`; for k3s, set `releaseUrl` to a mirror, or `install: online`.'
/** Failures of finding, downloading, checking and unpacking base images and release files. */
export const osErrors = {
  BASE_NONE_AVAILABLE: {
    kind: 'failure',
    message: (d: { attempts: readonly { reference: string; message: string }[] }) =>
      `None of the ${d.attempts.length} base images could be had:${d.attempts.map((a) => `\n  - ${a.reference}: ${a.message}`).join('')}`,
    hint: 'Put one of the reasons right, or give an image that you have: --base path/to/image.img.xz, or its path or URL in `os`.',
  },
  BASE_REFERENCE_INVALID: {
    kind: 'input',
    message: (d: { reference: string; reason: string }) =>
      `\`${d.reference}\` does not name a base image: ${d.reason}.`,
    hint: 'Give a catalog id such as `raspios-13-lite`, a file, or `https://…/image.img.xz`, with `#sha256=<64 hex digits>` to pin it.',
  },
  BASE_ID_UNKNOWN: {
    kind: 'input',
    message: (d: { id: string; nearest: string | null; known: readonly string[] }) =>
      `\`${d.id}\` is neither a file nor in the catalog of base images.`,
    hint: (d: { nearest: string | null; known: readonly string[] }) =>
      `${d.nearest === null ? '' : `Did you mean \`${d.nearest}\`? `}The catalog holds ${d.known.join(', ')}.`,
  },
  BASE_ID_UNAVAILABLE: {
    kind: 'input',
    message: (d: { id: string; reason: string }) => `\`${d.id}\` cannot be had here: ${d.reason}.`,
    hint: 'Name another base image in `os`, or give one that you have: --base path/to/image.img.xz.',
  },
  BASE_FILE_MISSING: {
    kind: 'input',
    message: (d: { file: string }) => `There is no file ${d.file}.`,
    hint: 'Check the path. In `os`, relative ones start at the folder of cluster.yaml; on the command line, at the folder that the command runs in (with npm run: that of package.json).',
  },
  BASE_FILE_UNREADABLE: {
    kind: 'input',
    message: (d: { file: string; reason: string }) => `${d.file} cannot be read as a base image: ${d.reason}.`,
    hint: 'Give a regular file that you may read.',
  },
  FILE_CHANGED: {
    kind: 'failure',
    message: (d: { file: string }) => `${d.file} changed while it was read.`,
    hint: 'Build again once nothing writes to it.',
  },
  BASE_FORMAT_UNSUPPORTED: {
    kind: 'input',
    message: (d: { file: string; format: string }) =>
      `${d.file} is a ${d.format} file; base images are raw, .xz or .gz.`,
    hint: 'Unpack it and give the .img that it holds.',
  },
  DOWNLOAD_HOST_UNREACHABLE: {
    kind: 'failure',
    message: (d: { url: string; reason: string }) => `${d.url} cannot be reached: ${d.reason}.`,
    hint: checkNetwork,
  },
  DOWNLOAD_TRANSFER_FAILED: {
    kind: 'failure',
    message: (d: { url: string; reason: string }) => `The transfer from ${d.url} failed: ${d.reason}.`,
    hint: 'Build again: a download goes on where it stopped.',
  },
  DOWNLOAD_NOT_FOUND: {
    kind: 'failure',
    message: (d: { url: string; status: number }) => `The server has no ${d.url} (status ${d.status}).`,
    hint: checkNetwork,
  },
  DOWNLOAD_REFUSED: {
    kind: 'failure',
    message: (d: { url: string; status: number }) => `The server does not give ${d.url} away (status ${d.status}).`,
    hint: 'Check the address and, where the server asks for them, user and password in it: https://user:password@host/….',
  },
  DOWNLOAD_REDIRECT_INSECURE: {
    kind: 'failure',
    message: (d: { url: string; target: string }) => `${d.url} leads to ${d.target}, which is not protected by TLS.`,
    hint: 'Give the https address of the file, or download it and give the file.',
  },
  BASE_RELEASE_NOT_FOUND: {
    kind: 'failure',
    message: (d: { id: string; url: string; reason: string }) =>
      `No image of \`${d.id}\` was found at ${d.url}: ${d.reason}.`,
    hint: "The publisher may have moved it. Give the image's URL or a downloaded file in `os`.",
  },
  DOWNLOAD_CHECKSUM_UNLISTED: {
    kind: 'failure',
    message: (d: { url: string; file: string }) => `${d.url} lists no SHA-256 of ${d.file}.`,
    hint: "The publisher's list may be incomplete for a moment: try again later, or pin the SHA-256 that you trust.",
  },
  DOWNLOAD_CHECKSUM_MISMATCH: {
    kind: 'failure',
    message: (d: { url: string; actual: string; expected: string }) =>
      `${d.url} has SHA-256 ${d.actual}; ${d.expected} was expected. The download was thrown away.`,
    hint: 'Build again. Where it stays so, the file differs from what was published or pinned: do not use it.',
  },
  BASE_CHECKSUM_UNKNOWN: {
    kind: 'failure',
    message: (d: { url: string; sha256: string }) => `Nobody vouches for ${d.url}: no checksum was found beside it.`,
    hint: (d: { sha256: string }) => `Add \`#sha256=${d.sha256}\` to the URL to pin what was used now.`,
  },
  BASE_CACHED_IMAGE_USED: {
    kind: 'failure',
    message: (d: { reference: string; obtainedAt: string; reason: string }) =>
      `The image of \`${d.reference}\` cached on ${d.obtainedAt} is used, since no newer one could be looked for: ${d.reason}`,
    hint: 'Build again with a network to use the newest image.',
  },
  CACHE_DISK_FULL: {
    kind: 'failure',
    message: (d: { folder: string }) => `The disk that holds ${d.folder} is full.`,
    hint: 'Free some space, or choose another cache folder with --cache or BANTAM_CACHE.',
  },
  CACHE_UNWRITABLE: {
    kind: 'failure',
    message: (d: { folder: string; reason: string }) => `The cache folder ${d.folder} cannot be used: ${d.reason}.`,
    hint: 'Make it writable, or choose another cache folder with --cache or BANTAM_CACHE.',
  },
  DEBIAN_TOOLS_MISSING: {
    kind: 'failure',
    message: (d: { missing: readonly { name: string; package: string }[] }) =>
      `A Debian image cannot be assembled here without ${d.missing.map((one) => `${one.name} (package ${one.package})`).join(', ')}.`,
    hint: 'Run scripts/setup.sh of the package bantam-k3s (in a checkout: `npm run setup`), which installs what is missing on Debian and Ubuntu, or give an image that you have: --base path/to/image.img.xz.',
  },
  DEBIAN_MIRROR_UNKNOWN: {
    kind: 'failure',
    message: () => "This machine's apt knows no Debian mirror.",
    hint: 'Name one: --mirror http://…/debian.',
  },
  DEBIAN_MIRROR_INVALID: {
    kind: 'input',
    message: () => 'What was given with --mirror is not the URL of a mirror.',
    hint: 'Give the URL as a sources.list has it: --mirror http://…/debian.',
  },
  DEBIAN_MIRROR_FAILED: {
    kind: 'failure',
    message: (d: { mirror: string; reason: string }) =>
      `The Debian mirror ${d.mirror} does not give what the image needs: ${d.reason}.`,
    hint: 'Check the network and the proxy of apt, or name another mirror: --mirror http://…/debian.',
  },
  DEBIAN_KEYS_MISSING: {
    kind: 'failure',
    message: (d: { mirror: string; reason: string }) =>
      `The lists of the Debian mirror ${d.mirror} are not signed with a key that this machine trusts: ${d.reason}.`,
    hint: 'Install the newest debian-archive-keyring, which holds the keys of Debian 13, and build again.',
  },
  DEBIAN_EMULATION_MISSING: {
    kind: 'failure',
    message: (d: { reason: string }) =>
      `This machine cannot run the arm64 programs that settle a Debian image: ${d.reason}.`,
    hint: 'Run the build as root, which registers qemu while it runs, or have it registered for good: install qemu-user-static, then `sudo systemctl restart systemd-binfmt`.',
  },
  DEBIAN_PRIVILEGE_MISSING: {
    kind: 'failure',
    message: (d: { reason: string }) =>
      `Without being root, a Debian image is assembled in a user namespace, which cannot be made here: ${d.reason}.`,
    hint: 'Run the build as root, or let an administrator allow user namespaces and give this user 65536 ids in /etc/subuid and /etc/subgid.',
  },
  DEBIAN_ASSEMBLY_FAILED: {
    kind: 'failure',
    message: (d: { suite: string; program: string; output: readonly string[] }) =>
      `Debian ${d.suite} could not be assembled: ${d.program} failed.${d.output.map((line) => `\n  | ${line}`).join('')}`,
    hint: 'What it printed last says why. Where the disk is full or the build was killed for want of memory, make room and build again.',
  },
  GZIP_TRUNCATED: {
    kind: 'input',
    message: (d: { file: string }) => `${d.file} ends in the middle of its gzip data.`,
    hint: downloadAgain,
  },
  GZIP_CORRUPT: {
    kind: 'input',
    message: (d: { file: string; reason: string }) => `The gzip data of ${d.file} is damaged: ${d.reason}.`,
    hint: downloadAgain,
  },
  GZIP_TRAILING_DATA: {
    kind: 'input',
    message: (d: { file: string }) => `${d.file} holds bytes after the end of its gzip data that are not gzip data.`,
    hint: downloadAgain,
  },
} as const satisfies Record<string, ErrorEntry>
