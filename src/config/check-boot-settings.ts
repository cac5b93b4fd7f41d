import type { Problem } from '../model/problem.ts'
import { problem } from './describe-problem.ts'
import type { Place } from './place.ts'

// The firmware reads at most 98 characters of a line:
// https://www.raspberrypi.com/documentation/computers/config_txt.html#file-format
const LONGEST_CONFIG_TXT_LINE = 98

/** What boots, and what sets the node up, is not for the user to change; without the memory controller k3s does not start. */
const reservedToken =
  /^(root|rootfstype|init|rdinit|ds|cloud-init|cloud-config-url)(=|$)|^resize|^cgroup_(disable=.*\bmemory\b|memory=0)/

/** `cmdline` and `os_prefix` name another command line than the one that is patched, `arm_64bit=0` another kernel. */
const reservedLine = /^\s*((os_prefix|cmdline)\s*=|arm_64bit\s*=\s*0)/

/** Checks a token for the kernel command line beyond the characters that the schema allows. */
export function checkCmdlineToken(token: string, place: Place): readonly Problem[] {
  return reservedToken.test(token) ? [problem('CMDLINE_TOKEN_RESERVED', { value: token }, place)] : []
}

/** Checks a line for config.txt. */
export function checkConfigTxtLine(line: string, place: Place): readonly Problem[] {
  const reason = configTxtReason(line)
  if (reason !== null) return [problem('CONFIG_TXT_LINE_INVALID', { value: line, reason }, place)]
  return reservedLine.test(line) ? [problem('CONFIG_TXT_LINE_RESERVED', { value: line }, place)] : []
}

function configTxtReason(line: string): string | null {
  if (line.trim() === '') return 'it is empty'
  if (/[\r\n]/.test(line)) return 'it holds a line break'
  if (!/^[ -~]*$/.test(line)) return 'it holds characters outside ASCII'
  return line.length > LONGEST_CONFIG_TXT_LINE
    ? `the firmware cuts lines after ${LONGEST_CONFIG_TXT_LINE} characters, and it has ${line.length}`
    : null
}
