import type { ErrorEntry } from './error-entry.ts'

const getItAnew = 'The file is damaged or its download was cut. Get it anew and compare its SHA-256 with the publisher\'s list.'
const packAnew = (d: { file: string }) => `Unpack it with \`xz -dk ${d.file}\` and give the .img, or pack it anew with \`xz -T0\`.`

/** Failures of reading .xz files. */
export const xzErrors = {
  XZ_TRUNCATED: {
    kind: 'input',
    message: (d: { file: string }) => `${d.file} ends in the middle of its xz data.`,
    hint: getItAnew,
  },
  XZ_CORRUPT: {
    kind: 'input',
    message: (d: { file: string; reason: string }) => `The xz data of ${d.file} is damaged: ${d.reason}.`,
    hint: getItAnew,
  },
  XZ_TRAILING_DATA: {
    kind: 'input',
    message: (d: { file: string }) => `${d.file} holds bytes after the end of its xz data that are not xz data.`,
    hint: getItAnew,
  },
  XZ_CHECK_UNSUPPORTED: {
    kind: 'input',
    message: (d: { file: string; check: string }) =>
      `${d.file} protects its data with ${d.check}; bantam checks CRC32 and CRC64 and does not unpack what it cannot check.`,
    hint: packAnew,
  },
  XZ_FILTER_UNSUPPORTED: {
    kind: 'input',
    message: (d: { file: string; filter: string }) => `${d.file} is packed with the filter ${d.filter}; bantam reads LZMA2 alone.`,
    hint: packAnew,
  },
  XZ_DICTIONARY_TOO_LARGE: {
    kind: 'input',
    message: (d: { file: string }) => `${d.file} needs a dictionary of more than 64 MiB to be unpacked.`,
    hint: packAnew,
  },
  XZ_OPTION_UNSUPPORTED: {
    kind: 'input',
    message: (d: { file: string }) => `A later part of ${d.file} uses a check or a filter that bantam does not read.`,
    hint: packAnew,
  },
} as const satisfies Record<string, ErrorEntry>
