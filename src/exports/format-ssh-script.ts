/** The names of the files in the folder of the script. */
export interface SshScriptFiles {
  readonly sshConfig: string
  readonly knownHosts: string
  /** The keys in the folder. Empty where the user has other keys. */
  readonly identities: readonly string[]
}

/**
 * Writes a shell script that runs ssh with the settings and keys beside it, wherever its folder is, also through a link
 * to the script. ssh itself has no word for that folder. In a value of `-o`, quotes hold spaces, and ssh expands `%` and
 * `${VARIABLE}`: ssh_config(5). Nothing keeps it from the latter, so the script refuses such a folder, and one with a
 * line break. `$(…)` drops line breaks at the end, so a slash follows the folder there.
 */
export function formatSshScript({ sshConfig, knownHosts, identities }: SshScriptFiles): string {
  const options = [
    `-F "$folder/${sshConfig}"`,
    `-o "UserKnownHostsFile=\\"$quoted/${knownHosts}\\""`,
    ...identities.map((name) => `-o "IdentityFile=\\"$quoted/${name}\\""`),
  ]
  return `#!/bin/sh
# Logs in to a node with the keys of this folder, wherever the folder is: ./ssh NODE
# For programs that run ssh: scp -S ./ssh FILE NODE:   rsync -e ./ssh FILE NODE:   GIT_SSH=./ssh
set -eu
script=$0
while [ -L "$script" ]; do
  link=$(readlink -- "$script")
  case $link in
    /*) script=$link ;;
    *) script=$(dirname -- "$script")/$link ;;
  esac
done
case $script in
  */*) folder=\${script%/*}/ ;;
  *) folder=./ ;;
esac
folder=$(CDPATH='' cd -- "$folder" && printf '%s/' "$PWD")
folder=\${folder%/}
return=$(printf '\\r')
case $folder in
  *"\\\${"* | *"$return"* | *"
"*)
    echo "ssh cannot name the folder of this script: a line break, or a dollar sign with a brace, is in its path." >&2
    echo "Rename the folder, or move it." >&2
    exit 255
    ;;
esac
quoted=$(printf '%s' "$folder" | sed 's/[\\\\"]/\\\\&/g; s/%/%%/g')
exec ssh ${options.join(' ')} "$@"
`
}
