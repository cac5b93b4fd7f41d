/**
 * The kernel command line (cmdline.txt): one line of tokens, separated by blanks. Here it is decoded with one character
 * per byte. `text/kernel-words.ts` reads it as the kernel does.
 * https://www.raspberrypi.com/documentation/computers/configuration.html#kernel-command-line-cmdline-txt
 */
import { BuildError } from '../errors.ts'
import { joinWords, type KernelWord, parseKernelWord, splitKernelLine } from '../text/kernel-words.ts'

/** The firmware's limit is 1024 characters. */
const MAX_BYTES = 1000
const MEMORY_ENABLED = 'cgroup_enable=memory'
const MEMORY_DISABLED = 'cgroup_disable=memory'

/**
 * Adds tokens to what the kernel reads of a command line, each once. Existing tokens stay in their places, except those
 * that would override ours: every `ds=nocloud…`, if we add one. `path` names the file in errors. Throws
 * `IMAGE_CMDLINE_INVALID`.
 */
export function patchCmdline(text: string, tokens: readonly string[], path: string): string {
  const lines = linesOf(text)
  // The firmware ignores further lines, so their content never had an effect. It is unclear which line the user wants.
  if (lines.length > 1) throw invalid(path, `it has ${lines.length} lines`)
  const { kernel, init } = splitKernelLine(lines[0] ?? '')
  if (kernel.length + init.length === 0) throw invalid(path, 'it is empty')
  if (kernel.some(({ text: word }) => word.split('"').length % 2 === 0)) throw invalid(path, 'it has an open quote')

  // cloud-init reads the whole line, also what goes to init.
  const [kept, passed] = tokens.some(isNoCloudToken) ? [withoutSeeds(kernel), withoutSeeds(init)] : [kernel, init]
  const line = `${joinWords([...addMissing(kept, tokens), ...passed])}\n`
  if (line.length > MAX_BYTES) throw invalid(path, `it would have ${line.length} bytes`)
  return line
}

/**
 * Returns the value of a parameter such as `root`, without quotes. Null: the command line does not set it. The last of
 * several counts, as for the kernel, and what goes to init does not.
 */
export function cmdlineValue(text: string, parameter: string): string | null {
  const words = splitKernelLine(linesOf(text)[0] ?? '').kernel.map((word) => parseKernelWord(word.text))
  return words.findLast(({ name, value }) => name === parameter && value !== null)?.value ?? null
}

function invalid(path: string, reason: string): BuildError {
  return new BuildError('IMAGE_CMDLINE_INVALID', { path, reason })
}

function linesOf(text: string): readonly string[] {
  return text.split(/\r?\n/).filter((line) => /[^ \t]/.test(line))
}

function withoutSeeds(words: readonly KernelWord[]): readonly KernelWord[] {
  return words.filter(({ text }) => !isNoCloudToken(text))
}

function isNoCloudToken(token: string): boolean {
  return /^ds=nocloud(-net)?(;|$)/i.test(token)
}

function addMissing(words: readonly KernelWord[], tokens: readonly string[]): readonly KernelWord[] {
  const result = [...words]
  for (const token of tokens) {
    const present = result.map(({ text }) => unquote(text))
    if (!isEffective(present, token)) result.push({ space: ' ', text: token })
  }
  return result
}

function unquote(word: string): string {
  const { name, value } = parseKernelWord(word)
  return value === null ? name : `${name}=${value}`
}

// The last of the memory controller's tokens wins. If a later token disables it, ours must be added again.
function isEffective(present: readonly string[], token: string): boolean {
  const last = present.lastIndexOf(token)
  if (last === -1) return false
  return token !== MEMORY_ENABLED || present.lastIndexOf(MEMORY_DISABLED) < last
}
