/**
 * config.txt, which the Raspberry Pi firmware reads from the boot partition.
 * https://www.raspberrypi.com/documentation/computers/config_txt.html
 */
import { BuildError } from '../errors.ts'

/** Its path on the boot volume. */
export const CONFIG_TXT = 'config.txt'

/** The firmware reads no further in a line; what comes after can act as a setting of its own. */
export const CONFIG_TXT_LINE_LENGTH = 98

const BLOCK_START = '# >>> bantam: replaced on every build'
const BLOCK_END = '# <<< bantam'

/**
 * Puts our lines into config.txt: one block at its end that starts with `[all]`, in place of the block of an earlier
 * build. Every other line stays as it is. No lines: no block. Throws `CONFIG_TXT_LINE_TOO_LONG`,
 * `CONFIG_TXT_BLOCK_BROKEN`.
 */
export function patchConfigTxt(text: string, lines: readonly string[]): string {
  const kept = withoutBlock(text)
  const patched = lines.length === 0 ? kept : `${endLine(kept)}${[BLOCK_START, '[all]', ...lines, BLOCK_END].join('\n')}\n`
  for (const line of patched.split(/\r?\n/)) {
    if (line.length > CONFIG_TXT_LINE_LENGTH) {
      throw new BuildError('CONFIG_TXT_LINE_TOO_LONG', { line, length: line.length })
    }
  }
  return patched
}

/** Path of the kernel command line that config.txt names: `os_prefix` and `cmdline` outside `[tryboot]`. */
export function parseCmdlinePath(text: string): { readonly osPrefix: string; readonly fileName: string } {
  let section = 'all'
  let osPrefix = ''
  let fileName = 'cmdline.txt'
  for (const line of text.split(/\r?\n/)) {
    const filter = /^\[(.+)\]\s*$/.exec(line)
    if (filter !== null) section = filter[1] ?? ''
    if (section === 'tryboot') continue
    osPrefix = /^os_prefix=(.*?)\s*$/.exec(line)?.[1] ?? osPrefix
    fileName = /^cmdline=(.*?)\s*$/.exec(line)?.[1] ?? fileName
  }
  return { osPrefix, fileName }
}

function withoutBlock(text: string): string {
  const start = text.indexOf(BLOCK_START)
  const end = text.indexOf(BLOCK_END)
  if (start === -1 && end === -1) return text
  if (start === -1 || end < start) throw new BuildError('CONFIG_TXT_BLOCK_BROKEN', { reason: 'one of its markers is missing' })
  const afterEnd = text.slice(end + BLOCK_END.length)
  if (afterEnd.includes(BLOCK_START)) throw new BuildError('CONFIG_TXT_BLOCK_BROKEN', { reason: 'it is there twice' })
  return text.slice(0, start) + afterEnd.replace(/^\r?\n/, '')
}

function endLine(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`
}
