/** The names of the files in the folder of the script. */
export interface SshScriptFiles {
  readonly sshConfig: string
  readonly knownHosts: string
  /** Null where the user has other keys. */
  readonly identity: string | null
}

/**
 * Writes a shell script that runs ssh with the settings and keys beside it, wherever its folder is. ssh itself
 * has no word for that folder. In a value of `-o`, quotes hold spaces, and ssh expands `%`: ssh_config(5).
 */
export function formatSshScript({ sshConfig, knownHosts, identity }: SshScriptFiles): string {
  const options = [
    `-F "$folder/${sshConfig}"`,
    `-o "UserKnownHostsFile=\\"$quoted/${knownHosts}\\""`,
    ...(identity === null ? [] : [`-o "IdentityFile=\\"$quoted/${identity}\\""`]),
  ]
  return `#!/bin/sh
# Logs in to a node with the keys of this folder, wherever the folder is: ./ssh NODE
# For programs that run ssh: scp -S ./ssh FILE NODE:   rsync -e ./ssh FILE NODE:   GIT_SSH=./ssh
set -eu
folder=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
quoted=$(printf '%s' "$folder" | sed 's/[\\\\"]/\\\\&/g; s/%/%%/g')
exec ssh ${options.join(' ')} "$@"
`
}
