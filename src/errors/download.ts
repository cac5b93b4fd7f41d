import type { ErrorEntry } from './error-entry.ts'

const checkNetwork =
  'Check the network and the address. Instead of a base image, you can give one that you have: --base path/to/image.img.xz, or its path in `os`; for k3s, set `releaseUrl` to a mirror, or `install: online`.'

/** Failures of downloading a file and of checking it. */
export const downloadErrors = {
  DOWNLOAD_HOST_UNREACHABLE: {
    kind: 'failure',
    message: (d: { url: string; reason: string }) => `${d.url} cannot be reached: ${d.reason}.`,
    hint: checkNetwork,
    example: { url: 'https://downloads.example.org/raspios/lite.img.xz', reason: 'its host name is not known' },
  },
  DOWNLOAD_TRANSFER_FAILED: {
    kind: 'failure',
    message: (d: { url: string; reason: string }) => `The transfer from ${d.url} failed: ${d.reason}.`,
    hint: 'Build again: the download resumes where it stopped.',
    example: { url: 'https://downloads.example.org/raspios/lite.img.xz', reason: 'the connection was cut' },
  },
  DOWNLOAD_NOT_FOUND: {
    kind: 'failure',
    message: (d: { url: string; status: number }) => `The server has no ${d.url} (status ${d.status}).`,
    hint: checkNetwork,
    example: { url: 'https://downloads.example.org/raspios/lite.img.xz', status: 404 },
  },
  DOWNLOAD_REFUSED: {
    kind: 'failure',
    message: (d: { url: string; status: number }) => `The server refuses ${d.url} (status ${d.status}).`,
    hint: 'Check the address and, where the server asks for them, user and password in it: https://user:password@host/….',
    example: { url: 'https://downloads.example.org/raspios/lite.img.xz', status: 403 },
  },
  DOWNLOAD_REDIRECT_INSECURE: {
    kind: 'failure',
    message: (d: { url: string; target: string }) =>
      `${d.url} redirects to ${d.target}, which is not protected by TLS.`,
    hint: 'Give the https address of the file, or download it and give the file.',
    example: {
      url: 'https://downloads.example.org/raspios/lite.img.xz',
      target: 'http://mirror.example.org/raspios/lite.img.xz',
    },
  },
  DOWNLOAD_REPLY_INVALID: {
    kind: 'failure',
    message: (d: { url: string; reason: string }) => `The server of ${d.url} gave no usable reply: ${d.reason}.`,
    hint: 'Check the address in a browser: a proxy, or the login page of a network, may answer in place of the server. Or download the file elsewhere and give the file.',
    example: { url: 'https://mirror.example/raspios.img.xz', reason: 'its headers are too large' },
  },
  DOWNLOAD_CHECKSUM_UNLISTED: {
    kind: 'failure',
    message: (d: { url: string; file: string }) => `${d.url} lists no SHA-256 of ${d.file}.`,
    hint: "The publisher's list may be incomplete for a moment. Try again later, or pin the SHA-256 that you trust.",
    example: {
      url: 'https://github.com/k3s-io/k3s/releases/download/v1.36.4%2Bk3s1/sha256sum-arm64.txt',
      file: 'k3s-airgap-images-arm64.tar.zst',
    },
  },
  DOWNLOAD_CHECKSUM_MISMATCH: {
    kind: 'failure',
    message: (d: { url: string; actual: string; expected: string }) =>
      `${d.url} has SHA-256 ${d.actual}; ${d.expected} was expected. The download was discarded.`,
    hint: 'Build again. If it happens again, the file differs from the published or pinned one: do not use it.',
    example: {
      url: 'https://downloads.example.org/raspios/lite.img.xz',
      actual: '5f8e2a41c0d97b36e1f4a2885dc30b7196ea4fd2837b05c19d64e8f0a7b2c35d',
      expected: 'b91c6d0e43f7a2581e0c9fd4673ab8e25f10d7c84ba36e92f5087d1ca4e6b39f',
    },
  },
} as const satisfies Record<string, ErrorEntry>
