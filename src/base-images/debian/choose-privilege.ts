import { readFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { BuildError } from '../../errors.ts'
import { runProgram } from '../../host/run-program.ts'

/**
 * The user that assembles: the superuser, or the superuser of a user namespace. Both are names of mmdebstrap's modes.
 */
export type Privilege = 'root' | 'unshare'

/** Chooses the user that this process can be. `requireNamespaces` checks whether a namespace can really be made. */
export function choosePrivilege(): Privilege {
  return userInfo().uid === 0 ? 'root' : 'unshare'
}

/** Throws `DEBIAN_PRIVILEGE_MISSING` if this user cannot make a user namespace with several users. */
export async function requireNamespaces(
  signal: AbortSignal,
  idFiles: readonly string[] = ['/etc/subuid', '/etc/subgid'],
): Promise<void> {
  const { username, uid } = userInfo()
  for (const file of idFiles) {
    const text = await readFile(file, 'utf8').catch(() => '')
    if (!hasSubordinateIds(text, username, uid))
      throw new BuildError('DEBIAN_PRIVILEGE_MISSING', { reason: `${file} gives ${username} no ids` })
  }
  const { status } = await runProgram('unshare', ['--user', '--map-root-user', '--mount', 'true'], { signal })
  if (status !== 0)
    throw new BuildError('DEBIAN_PRIVILEGE_MISSING', { reason: 'the kernel lets users make no namespaces' })
}

/** Tells whether `text` has a line `name:first:count` with enough ids for a system's users (subuid(5)). */
export function hasSubordinateIds(text: string, userName: string, uid: number): boolean {
  return text.split('\n').some((line) => {
    const [owner, , count] = line.split(':')
    return (owner === userName || owner === String(uid)) && Number(count) >= 65_536
  })
}
