import type { ExtraFile } from '../model/cluster.ts'
import type { NodePlan } from '../model/node-plan.ts'
import { quoteShell } from '../text/quote-shell.ts'

/** Where the password of the administrator waits for its first use: `user:hash`, as chpasswd(8) reads it. */
export const PASSWORD_PATH = 'etc/bantam/admin-password'

/** Groups that every Debian has; more of them would have to be made first. */
export const ADMIN_GROUPS = ['adm', 'dialout', 'plugdev', 'sudo', 'users', 'video']

/** A file that waits in the root file system, since its owner exists only on the running machine. */
export interface StagedFile {
  readonly path: string
  readonly file: ExtraFile
}

/** Numbers the files that belong to others than root. */
export function stageFiles(files: readonly ExtraFile[]): readonly StagedFile[] {
  return files
    .filter((file) => !belongsToRoot(file))
    .map((file, index) => ({ path: `var/lib/bantam/files/${String(index).padStart(3, '0')}`, file }))
}

/** Says whether a file can lie at its final place from the start. */
export function belongsToRoot(file: ExtraFile): boolean {
  return file.owner === 'root' || file.owner === 'root:root'
}

/** Commands that both seed backends run as root at the end of first boot, each as program and arguments. */
export function firstBootCommands(plan: NodePlan): readonly (readonly string[])[] {
  const password = plan.admin.password === null ? [] : [['sh', '-c', `chpasswd -e < /${PASSWORD_PATH}`]]
  return [
    ...password,
    // Raspberry Pi OS ships its SSH server switched off. Where it is on, systemd need not read all units anew, which takes seconds.
    ['sh', '-c', 'systemctl is-enabled --quiet ssh || systemctl enable --now ssh'],
    // A user that was half made when the power was cut counts as made.
    ['usermod', '--append', '--groups', ADMIN_GROUPS.join(','), plan.admin.user],
    ...stageFiles(plan.files).map(installCommand),
    // A shell of its own for each: an "exit" or an open quote in one does not take the others with it.
    ...plan.commands.map((command) => ['sh', '-c', command]),
  ]
}

function installCommand({ path, file }: StagedFile): readonly string[] {
  const [user = '', group] = file.owner.split(':')
  const mode = file.mode.toString(8).padStart(4, '0')
  const target = ['-m', mode, `/${path}`, file.path]
  if (group !== undefined) return ['install', '-D', '-o', user, '-g', group, ...target]
  // Without a group, the user's own one, whose name only the machine knows.
  const words = target.map(quoteShell).join(' ')
  return ['sh', '-c', `install -D -o ${quoteShell(user)} -g "$(id -gn ${quoteShell(user)})" ${words}`]
}
