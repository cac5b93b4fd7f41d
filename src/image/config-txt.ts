import { BuildError } from '../errors.ts'
/**
 * config.txt, which the Raspberry Pi firmware reads from the boot partition.
 * https://www.raspberrypi.com/documentation/computers/config_txt.html
 */
import { decodeBytes, encodeUtf8 } from '../text/encoding.ts'

/** Its path on the boot volume. */
export const CONFIG_TXT = 'config.txt'

/** The firmware reads at most this many characters of a line. The rest can act as a separate setting. */
export const CONFIG_TXT_LINE_LENGTH = 98

const BLOCK_START = '# >>> bantam: replaced on every build'
const BLOCK_END = '# <<< bantam'

/**
 * Adds our lines to config.txt, decoded with one character per byte. They form one block that starts with `[all]`. It
 * replaces the block of an earlier build, or is added at the end. Every other line stays unchanged. Without lines,
 * there is no block. Throws `IMAGE_CONFIG_TXT_LINE_TOO_LONG`, `IMAGE_CONFIG_TXT_BLOCK_BROKEN`.
 */
export function patchConfigTxt(text: string, lines: readonly string[]): string {
  const { before, after } = splitAtBlock(text)
  const patched = lines.length === 0 ? withoutBlock(before, after) : `${endLine(before)}${formatBlock(lines)}${after}`
  for (const line of patched.split(/\r?\n/)) {
    if (line.length > CONFIG_TXT_LINE_LENGTH) {
      throw new BuildError('IMAGE_CONFIG_TXT_LINE_TOO_LONG', { line, length: line.length })
    }
  }
  return patched
}

/**
 * Finds the path of the kernel command line in config.txt: `os_prefix` and `cmdline`, in sections that every board
 * reads. `[tryboot]` and `[none]` never apply at a normal start. Throws `IMAGE_CONFIG_TXT_CONDITIONAL` if the path
 * depends on the board.
 */
export function parseCmdlinePath(text: string): { readonly osPrefix: string; readonly fileName: string } {
  const found = { os_prefix: '', cmdline: 'cmdline.txt' }
  // Filters add up until [all] (https://www.raspberrypi.com/documentation/computers/config_txt.html#conditional-filters).
  let filters: readonly string[] = []
  for (const line of text.split(/\r?\n/)) {
    const filter = /^[ \t]*\[([^\]]*)\]/.exec(line)?.[1]?.trim().toLowerCase()
    if (filter !== undefined) filters = filter === 'all' ? [] : [...filters, filter]
    const [, key, value = ''] = /^[ \t]*(os_prefix|cmdline)=(.*?)[ \t]*$/.exec(line) ?? []
    if ((key !== 'os_prefix' && key !== 'cmdline') || filters.includes('tryboot') || filters.join() === 'none') continue
    if (filters.length > 0) throw new BuildError('IMAGE_CONFIG_TXT_CONDITIONAL', { key, filter: filters.join('][') })
    found[key] = value
  }
  return { osPrefix: found.os_prefix, fileName: found.cmdline }
}

function formatBlock(lines: readonly string[]): string {
  // Our lines become the bytes of UTF-8, one character per byte like the rest of the file.
  return decodeBytes(encodeUtf8(`${[BLOCK_START, '[all]', ...lines, BLOCK_END].join('\n')}\n`))
}

/**
 * Removes our block. Lines that users added below it are under its `[all]`, and must not move into the section above.
 */
function withoutBlock(before: string, after: string): string {
  const needsAll = /^[ \t]*[^ \t\r\n#[]/m.test(after.split(/^[ \t]*\[/m)[0] ?? '')
  return needsAll ? `${endLine(before)}[all]\n${after}` : before + after
}

/** Returns the text around the block of an earlier build. Without a block, all text is in `before`. */
function splitAtBlock(text: string): { readonly before: string; readonly after: string } {
  const start = text.indexOf(BLOCK_START)
  const end = text.indexOf(BLOCK_END)
  if (start === -1 && end === -1) return { before: text, after: '' }
  if (start === -1 || end < start)
    throw new BuildError('IMAGE_CONFIG_TXT_BLOCK_BROKEN', { reason: 'one of its markers is missing' })
  const afterEnd = text.slice(end + BLOCK_END.length)
  if (afterEnd.includes(BLOCK_START))
    throw new BuildError('IMAGE_CONFIG_TXT_BLOCK_BROKEN', { reason: 'it is there twice' })
  return { before: text.slice(0, start), after: afterEnd.replace(/^\r?\n/, '') }
}

function endLine(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`
}
