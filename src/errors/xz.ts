import { formatByteLength } from '../units.ts'
import type { ErrorEntry } from './error-entry.ts'
import { getFileAgain } from './shared-hints.ts'

const packAgain = (d: { file: string }) =>
  `Unpack it with \`xz -dk ${d.file}\` and give the .img, or pack it again with \`xz -T0\`.`

/** Failures of reading .xz files. */
export const xzErrors = {
  XZ_TRUNCATED: {
    kind: 'input',
    message: (d: { file: string }) => `${d.file} ends in the middle of its xz data.`,
    hint: getFileAgain,
    example: { file: '/home/anna/images/raspios.img.xz' },
  },
  XZ_CORRUPT: {
    kind: 'input',
    message: (d: { file: string; reason: string }) => `The xz data of ${d.file} is damaged: ${d.reason}.`,
    hint: getFileAgain,
    example: { file: '/home/anna/images/raspios.img.xz', reason: 'a checksum or a size does not match' },
  },
  XZ_TRAILING_DATA: {
    kind: 'input',
    message: (d: { file: string }) => `${d.file} holds bytes after the end of its xz data that are not xz data.`,
    hint: getFileAgain,
    example: { file: '/home/anna/images/raspios.img.xz' },
  },
  XZ_CHECK_UNSUPPORTED: {
    kind: 'input',
    message: (d: { file: string; check: string }) =>
      `${d.file} protects its data with ${d.check}, which bantam cannot check here, so it does not unpack the file.`,
    hint: packAgain,
    example: { file: '/home/anna/images/raspios.img.xz', check: 'SHA-256' },
  },
  XZ_FILTER_UNSUPPORTED: {
    kind: 'input',
    message: (d: { file: string; filter: string }) =>
      `${d.file} is packed with the filter ${d.filter}; bantam reads only LZMA2.`,
    hint: packAgain,
    example: { file: '/home/anna/images/raspios.img.xz', filter: 'BCJ ARM64' },
  },
  XZ_DICTIONARY_TOO_LARGE: {
    kind: 'input',
    message: (d: { file: string }) => `${d.file} needs a dictionary of more than 64 MiB to be unpacked.`,
    hint: packAgain,
    example: { file: '/home/anna/images/raspios.img.xz' },
  },
  XZ_OPTION_UNSUPPORTED: {
    kind: 'input',
    message: (d: { file: string }) => `A part of ${d.file} uses a flag, a check or a filter that bantam does not know.`,
    hint: packAgain,
    example: { file: '/home/anna/images/raspios.img.xz' },
  },
  XZ_TOO_MANY_BLOCKS: {
    kind: 'input',
    message: (d: { file: string; limit: number; parts: 'blocks' | 'streams' }) =>
      `${d.file} is packed in more than ${d.limit} ${d.parts}; bantam supports no more.`,
    hint: packAgain,
    example: { file: '/home/anna/images/raspios.img.xz', limit: 1048576, parts: 'blocks' },
  },
  XZ_BLOCK_TOO_LARGE: {
    kind: 'input',
    message: (d: { file: string; byteLength: number; limit: number }) =>
      `${d.file} holds a block of ${formatByteLength(d.byteLength)}; bantam unpacks blocks of up to ${formatByteLength(d.limit)} in memory.`,
    hint: packAgain,
    example: { file: '/home/anna/images/raspios.img.xz', byteLength: 3 * 1024 ** 3, limit: 1024 ** 3 },
  },
  XZ_THREAD_ENDED: {
    kind: 'failure',
    message: (d: { file: string; reason: string }) =>
      `The thread that unpacks ${d.file === '' ? 'blocks' : `blocks of ${d.file}`} ended before its work was done${d.reason === '' ? '' : `: ${d.reason}`}.`,
    hint: 'Memory may have run out. Build again with fewer `--jobs`; if it happens again, install the package again.',
    example: {
      file: '/home/anna/images/raspios.img.xz',
      reason: 'Worker terminated due to reaching memory limit: JS heap out of memory',
    },
  },
} as const satisfies Record<string, ErrorEntry>
