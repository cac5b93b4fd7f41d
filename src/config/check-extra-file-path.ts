import type { Problem } from '../model/problem.ts'
import { problem } from './describe-problem.ts'
import type { Place } from './place.ts'

/** Folders in which a file would not be there once the node runs, and why. */
const reservedFolders: Readonly<Record<string, string>> = {
  '/boot': 'the boot partition is mounted there; use `cmdline` and `configTxt`',
  '/dev': 'the kernel keeps its devices there',
  '/proc': 'the kernel shows its processes there',
  '/run': 'it is emptied at every start',
  '/sys': 'the kernel shows its state there',
  '/tmp': 'it is emptied at every start',
}

/** Files that are made from other keys of cluster.yaml. */
const reservedFiles: readonly string[] = [
  '/etc/hostname',
  '/etc/machine-id',
  '/etc/rancher/k3s/config.yaml',
  '/etc/systemd/system/k3s.service',
  '/etc/systemd/system/k3s.service.env',
  '/etc/systemd/system/k3s-agent.service',
  '/etc/systemd/system/k3s-agent.service.env',
  '/usr/local/bin/k3s',
]

/** Checks the path of a file that the user adds to a node. */
export function checkExtraFilePath(path: string, place: Place): readonly Problem[] {
  const reason = pathReason(path)
  if (reason !== null) return [problem('EXTRA_FILE_PATH_INVALID', { value: path, reason }, place)]
  const folder = Object.keys(reservedFolders).find((parent) => path.startsWith(`${parent}/`))
  if (folder !== undefined)
    return [problem('EXTRA_FILE_PATH_RESERVED', { path, reason: reservedFolders[folder] ?? '' }, place)]
  if (reservedFiles.includes(path))
    return [problem('EXTRA_FILE_PATH_RESERVED', { path, reason: 'bantam writes it' }, place)]
  return []
}

function pathReason(path: string): string | null {
  if (!path.startsWith('/')) return 'it is not absolute'
  if (path.endsWith('/')) return 'it ends with a slash, as a folder does'
  if (/[\x00-\x1f\x7f]/.test(path)) return 'it holds a control character'
  const components = path.slice(1).split('/')
  if (components.some((component) => component === '' || component === '.' || component === '..'))
    return 'it holds `.`, `..` or an empty component'
  if (components.some((component) => new TextEncoder().encode(component).length > 255))
    return 'a component is longer than 255 bytes'
  return null
}
