/**
 * The kernel command line (cmdline.txt): one line of tokens, separated by blanks. Here it is decoded with one character
 * per byte. https://www.raspberrypi.com/documentation/computers/configuration.html#kernel-command-line-cmdline-txt
 */
import { BuildError } from '../errors.ts'

/** The firmware's limit is 1024 characters. */
const MAX_BYTES = 1000
const MEMORY_ENABLED = 'cgroup_enable=memory'
const MEMORY_DISABLED = 'cgroup_disable=memory'

/**
 * Adds tokens to a kernel command line, each once. Existing tokens stay in their places, except those that would
 * override ours: every `ds=nocloud…`, if we add one. `path` names the file in errors. Throws `IMAGE_CMDLINE_INVALID`.
 */
export function patchCmdline(text: string, tokens: readonly string[], path: string): string {
  const lines = linesOf(text)
  // The firmware ignores further lines, so their content never had an effect. It is unclear which line the user wants.
  if (lines.length > 1) throw new BuildError('IMAGE_CMDLINE_INVALID', { path, reason: `it has ${lines.length} lines` })
  const present = tokensOf(lines[0] ?? '')
  if (present.length === 0) throw new BuildError('IMAGE_CMDLINE_INVALID', { path, reason: 'it is empty' })

  const bringsSeed = tokens.some(isNoCloudToken)
  const result = present.filter(({ token }) => !(bringsSeed && isNoCloudToken(token)))
  for (const token of tokens) {
    if (
      !isEffective(
        result.map((one) => one.token),
        token,
      )
    )
      result.push({ space: ' ', token })
  }
  const line = `${result.map(({ space, token }, index) => `${index === 0 ? '' : space}${token}`).join('')}\n`
  if (line.length > MAX_BYTES)
    throw new BuildError('IMAGE_CMDLINE_INVALID', { path, reason: `it would have ${line.length} bytes` })
  return line
}

/**
 * Returns the value of a parameter such as `root`, without quotes. Null: the command line does not set it. The last of
 * several counts, as for the kernel.
 */
export function cmdlineValue(text: string, parameter: string): string | null {
  const prefix = `${parameter}=`
  const token = tokensOf(linesOf(text)[0] ?? '')
    .map((one) => one.token.replaceAll('"', ''))
    .findLast((one) => one.startsWith(prefix))
  return token === undefined ? null : token.slice(prefix.length)
}

function linesOf(text: string): readonly string[] {
  return text.split(/\r?\n/).filter((line) => /[^ \t]/.test(line))
}

/**
 * Splits as the kernel does (lib/cmdline.c, next_arg): at blanks outside double quotes. The blanks before a token stay
 * with it.
 */
function tokensOf(line: string): readonly { readonly space: string; readonly token: string }[] {
  return [...line.matchAll(/([ \t]*)((?:"[^"]*(?:"|$)|[^ \t"])+)/g)].map(([, space = '', token = '']) => ({
    space,
    token,
  }))
}

function isNoCloudToken(token: string): boolean {
  return /^ds=nocloud(-net)?(;|$)/i.test(token)
}

// The last of the memory controller's tokens wins. If a later token disables it, ours must be added again.
function isEffective(present: readonly string[], token: string): boolean {
  const last = present.lastIndexOf(token)
  if (last === -1) return false
  return token !== MEMORY_ENABLED || present.lastIndexOf(MEMORY_DISABLED) < last
}
