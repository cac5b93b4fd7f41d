import type { Problem } from '../../errors/problem.ts'
import { problem } from '../../yaml-source/describe-problem.ts'
import type { Place } from '../../yaml-source/place.ts'

// The firmware reads at most 98 characters of a line:
// https://www.raspberrypi.com/documentation/computers/config_txt.html#file-format
const LONGEST_CONFIG_TXT_LINE = 98

/**
 * Tokens that the user must not change: they select what boots and what sets the node up. Without the memory controller, k3s does not
 * start. `firstboot` and `resize` start scripts of Raspberry Pi OS's initramfs; firstrun.sh uses `systemd.run` and `systemd.unit`. What
 * follows `--` goes to init.
 */
const reservedToken = new RegExp(
  [
    '^(root|rootfstype|init|rdinit|ds|cloud-init|cloud-config-url|network-config|firstboot|emergency|rescue|single)(=|$)',
    '^(resize|ci\\.|(rd\\.)?systemd\\.(unit|run|run_[a-z_]*)(=|$))',
    '^--$',
    '^cgroup_(disable=.*\\bmemory\\b|memory=0)',
  ].join('|'),
)

/**
 * Settings of config.txt that replace boot files of the base image, or that include further files.
 * https://www.raspberrypi.com/documentation/computers/config_txt.html#boot-options
 */
const reservedKeys = [
  ...[
    'arm_64bit',
    'armstub',
    'auto_initramfs',
    'boot_partition',
    'boot_ramdisk',
    'cmdline',
    'device_tree',
    'fixup_file',
  ],
  ...['kernel', 'os_prefix', 'overlay_prefix', 'ramfsfile', 'start_file', 'upstream_kernel'],
]
const reservedLine = new RegExp(
  `^\\s*((${reservedKeys.join('|')})\\s*=|(include|initramfs)\\b|#\\s*(>>>|<<<)\\s*bantam\\b)`,
  'i',
)

/** Lines that change nothing: every supported board has these values already. */
const harmlessLine = /^\s*(arm_64bit|auto_initramfs)\s*=\s*1\s*$/i

/** Checks a token for the kernel command line. The schema has already checked its characters. */
export function checkCmdlineToken(token: string, place: Place): readonly Problem[] {
  return reservedToken.test(token) ? [problem('CMDLINE_TOKEN_RESERVED', { value: token }, place)] : []
}

/** Checks a line for config.txt. */
export function checkConfigTxtLine(line: string, place: Place): readonly Problem[] {
  const reason = configTxtReason(line)
  if (reason !== null) return [problem('CONFIG_TXT_LINE_INVALID', { value: line, reason }, place)]
  return reservedLine.test(line) && !harmlessLine.test(line)
    ? [problem('CONFIG_TXT_LINE_RESERVED', { value: line }, place)]
    : []
}

function configTxtReason(line: string): string | null {
  if (line.trim() === '') return 'it is empty'
  if (/[\r\n]/.test(line)) return 'it holds a line break'
  if (!/^[ -~]*$/.test(line)) return 'it holds characters outside ASCII'
  return line.length > LONGEST_CONFIG_TXT_LINE
    ? `the firmware cuts lines after ${LONGEST_CONFIG_TXT_LINE} characters, and it has ${line.length}`
    : null
}
