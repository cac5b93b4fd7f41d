import type { Problem } from '../../errors/problem.ts'
import type { ExtraFile } from '../../model/cluster.ts'
import { problem } from '../../yaml-source/describe-problem.ts'
import type { Place } from '../../yaml-source/place.ts'

/** Folders in which an added file would be hidden, deleted or harmful on a running node, each with the reason. */
const reservedFolders: Readonly<Record<string, string>> = {
  '/boot': 'the boot partition is mounted there; use `cmdline` and `configTxt`',
  '/dev': 'the kernel keeps its devices there',
  '/proc': 'the kernel shows its processes there',
  '/run': 'it is emptied at every start',
  '/sys': 'the kernel shows its state there',
  '/tmp': 'it is emptied at every start',
  '/etc/bantam': 'bantam keeps its own files there',
  '/usr/lib/bantam': 'bantam keeps its own files there',
  '/var/lib/bantam': 'bantam keeps its own files there',
}

/** Files that are made from other keys of cluster.yaml. */
const reservedFiles: readonly string[] = [
  '/etc/hostname',
  '/etc/machine-id',
  '/etc/rancher/k3s/config.yaml',
  '/etc/systemd/system/bantam-cloud-init-restart.service',
  '/etc/systemd/system/bantam-cloud-init-settled.service',
  '/etc/systemd/system/bantam-first-boot.service',
  '/etc/systemd/system/bantam-provision.service',
  '/etc/systemd/system/k3s.service',
  '/etc/systemd/system/k3s.service.env',
  '/etc/systemd/system/k3s-agent.service',
  '/etc/systemd/system/k3s-agent.service.env',
  '/usr/lib/clock-epoch',
  '/usr/local/bin/k3s',
]

/** Folders of every Debian system, beside those that contain the entries above. */
const systemFolders = new Set(
  `/etc/apt /etc/cron.d /etc/default /etc/modprobe.d /etc/modules-load.d /etc/netplan /etc/network /etc/profile.d /etc/ssh /etc/ssl
  /etc/sudoers.d /etc/sysctl.d /etc/systemd/network /etc/tmpfiles.d /etc/udev /etc/udev/rules.d /home /media /mnt /opt /root /srv
  /usr/bin /usr/sbin /usr/share /usr/src /usr/local/sbin /usr/local/lib /usr/local/share /usr/local/etc
  /var/backups /var/cache /var/log /var/mail /var/spool /var/tmp`.split(/\s+/),
)

/** Links to folders on every supported system: https://wiki.debian.org/UsrMerge, and /var/run of the FHS. */
const linkedFolders: Readonly<Record<string, string>> = {
  '/bin': '/usr/bin',
  '/lib': '/usr/lib',
  '/sbin': '/usr/sbin',
  '/var/lock': '/run/lock',
  '/var/run': '/run',
}

/** The longest component of a path on ext4, and the longest path of Linux: limits.h. */
const LONGEST_NAME_BYTES = 255
const LONGEST_PATH_BYTES = 4095

/** Resolves the links to folders in a path: `/lib/x` is `/usr/lib/x`. */
export function resolveExtraFilePath(path: string): string {
  const folder = Object.keys(linkedFolders).find((link) => path === link || path.startsWith(`${link}/`))
  return folder === undefined ? path : `${linkedFolders[folder] ?? ''}${path.slice(folder.length)}`
}

/** Checks the path of a file that the user adds to a node. */
export function checkExtraFilePath(path: string, place: Place): readonly Problem[] {
  const invalid = pathReason(path)
  if (invalid !== null) return [problem('EXTRA_FILE_PATH_INVALID', { value: path, reason: invalid }, place)]
  const reason = reservedReason(resolveExtraFilePath(path))
  return reason === null ? [] : [problem('EXTRA_FILE_PATH_RESERVED', { path, reason }, place)]
}

/** Checks that none of a node's files has the path of another one's folder. */
export function checkExtraFilePaths(files: readonly ExtraFile[], place: Place): readonly Problem[] {
  const paths = new Set(files.map(({ path }) => path))
  return files.flatMap(({ path }) => {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const folder = path.slice(0, end)
      if (paths.has(folder)) return [problem('EXTRA_FILE_PATH_CONFLICT', { path, folder }, place)]
    }
    return []
  })
}

function reservedReason(path: string): string | null {
  const isWithin = (folder: string): boolean => path === folder || path.startsWith(`${folder}/`)
  const folder = Object.keys(reservedFolders).find(isWithin)
  if (folder !== undefined) return reservedFolders[folder] ?? ''
  if (reservedFiles.includes(path)) return 'bantam writes it'
  const isFolder =
    systemFolders.has(path) ||
    [...reservedFiles, ...Object.keys(reservedFolders), ...systemFolders].some((other) => other.startsWith(`${path}/`))
  return isFolder ? 'it is a folder' : null
}

function pathReason(path: string): string | null {
  const byteLength = (text: string): number => new TextEncoder().encode(text).length
  if (!path.startsWith('/')) return 'it is not absolute'
  if (path.endsWith('/')) return 'it ends with a slash, so it names a folder'
  if (/[\x00-\x1f\x7f]/.test(path)) return 'it holds a control character'
  if (byteLength(path) > LONGEST_PATH_BYTES) return `it is longer than ${LONGEST_PATH_BYTES} bytes`
  const components = path.slice(1).split('/')
  if (components.some((component) => component === '' || component === '.' || component === '..'))
    return 'it holds `.`, `..` or an empty component'
  if (components.some((component) => byteLength(component) > LONGEST_NAME_BYTES))
    return `a component is longer than ${LONGEST_NAME_BYTES} bytes`
  return null
}
