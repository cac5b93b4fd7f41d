import type { ExtraFile } from '../model/cluster.ts'
import type { NodePlan } from '../model/node-plan.ts'
import { quoteShell } from '../text/quote-shell.ts'

/** The file with the administrator's password for the first boot: `user:hash`, as chpasswd(8) reads it. */
export const PASSWORD_PATH = 'etc/bantam/admin-password'

/** Groups that every Debian has. Any other group would have to be created first. */
export const ADMIN_GROUPS = ['adm', 'dialout', 'plugdev', 'sudo', 'users', 'video']

/** A file that is staged in the root file system, because its owner exists only on the running node. */
export interface StagedFile {
  readonly path: string
  readonly file: ExtraFile
}

/** Numbers the files that do not belong to root. */
export function stageFiles(files: readonly ExtraFile[]): readonly StagedFile[] {
  return files
    .filter((file) => !belongsToRoot(file))
    .map((file, index) => ({ path: `var/lib/bantam/files/${String(index).padStart(3, '0')}`, file }))
}

/** Says whether a file belongs to root: it can be at its final path in the image. */
export function belongsToRoot(file: ExtraFile): boolean {
  return file.owner === 'root' || file.owner === 'root:root'
}

/** Lists the commands that both seed backends run as root at the end of first boot, each as program and arguments. */
export function firstBootCommands(plan: NodePlan): readonly (readonly string[])[] {
  const password = plan.admin.password === null ? [] : [['sh', '-c', `chpasswd -e < /${PASSWORD_PATH}`]]
  return [
    ...password,
    // Raspberry Pi OS ships its SSH server disabled. If it is enabled, skip the command: systemd would read all units again, for seconds.
    ['sh', '-c', 'systemctl is-enabled --quiet ssh || systemctl enable --now ssh'],
    // A user that was only partly created before a power cut counts as created.
    ['usermod', '--append', '--groups', ADMIN_GROUPS.join(','), plan.admin.user],
    ...stageFiles(plan.files).map(installCommand),
    // Each command gets a separate shell, so that an "exit" or an open quote does not stop the others.
    ...plan.commands.map((command) => ['sh', '-c', command]),
  ]
}

function installCommand({ path, file }: StagedFile): readonly string[] {
  const [user = '', group] = file.owner.split(':')
  const mode = file.mode.toString(8).padStart(4, '0')
  const target = ['-m', mode, `/${path}`, file.path]
  if (group !== undefined) return ['install', '-D', '-o', user, '-g', group, ...target]
  // Without a group, the file gets the user's primary group. Only the running node knows its name.
  const words = target.map(quoteShell).join(' ')
  return ['sh', '-c', `install -D -o ${quoteShell(user)} -g "$(id -gn ${quoteShell(user)})" ${words}`]
}
