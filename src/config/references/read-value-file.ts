import { readFile, stat } from 'node:fs/promises'
import { platform } from 'node:os'
import { systemReason } from '../../host/system-reason.ts'
import { decodeText } from '../../text/encoding.ts'
import { KIB } from '../../units.ts'

/** The text of a file with one value, or the reason why it was not read. */
export type ValueFile =
  | {
      readonly value: string
      /** The permission bits where users other than the owner may use the file, else null. */
      readonly openMode: string | null
    }
  | { readonly reason: string }

/** No value of a secret key is longer. */
const LARGEST_BYTES = 64 * KIB
const OTHERS = 0o077

/** Reads a file that holds one value. Removes one line break at its end, because editors and `echo` add it. */
export async function readValueFile(path: string): Promise<ValueFile> {
  try {
    const stats = await stat(path)
    // Reading a pipe would wait for ever.
    if (!stats.isFile()) return { reason: 'it is not a regular file' }
    if (stats.size > LARGEST_BYTES) return { reason: `it is larger than ${LARGEST_BYTES} bytes` }
    const text = decodeText(await readFile(path))
    if (text === null) return { reason: 'it is not UTF-8 text' }
    const value = text.replace(/\r?\n$/, '')
    if (value === '') return { reason: 'it is empty' }
    // Windows has no permission bits and shows every file as readable by all.
    const isOpen = platform() !== 'win32' && (stats.mode & OTHERS) !== 0
    return { value, openMode: isOpen ? (stats.mode & 0o777).toString(8).padStart(4, '0') : null }
  } catch (error) {
    return { reason: systemReason(error) }
  }
}
