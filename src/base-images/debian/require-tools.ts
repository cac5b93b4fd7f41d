import { access, constants } from 'node:fs/promises'
import { BuildError } from '../../errors.ts'
import { runProgram } from '../../host/run-program.ts'

/** Programs that the assembly needs, each with its Debian package. */
const packages: Readonly<Record<string, string>> = {
  'apt-get': 'apt',
  'dpkg-divert': 'dpkg',
  mmdebstrap: 'mmdebstrap',
  mke2fs: 'e2fsprogs',
  'mkfs.fat': 'dosfstools',
  mcopy: 'mtools',
  sfdisk: 'fdisk',
  depmod: 'kmod',
  tar: 'tar',
  setpriv: 'util-linux',
}

/** Programs that only some machines need. */
export interface ExtraTools {
  readonly emulation: boolean
  readonly userNamespaces: boolean
}

/**
 * Checks that all programs are installed. Throws `DEBIAN_TOOLS_MISSING`, which names each missing program with its
 * package.
 */
export async function requireTools(extra: ExtraTools, signal: AbortSignal): Promise<void> {
  const needed = {
    ...packages,
    ...(extra.emulation ? { 'qemu-aarch64-static': 'qemu-user-static' } : {}),
    ...(extra.userNamespaces ? { newuidmap: 'uidmap' } : {}),
  }
  const names = Object.keys(needed)
  const { status, output } = await runProgram(
    'sh',
    ['-c', 'for name; do command -v "$name" > /dev/null || echo "$name"; done; true', 'sh', ...names],
    { signal },
  )
  const missing = Object.entries(needed)
    .filter(([name]) => status === 127 || output.includes(name))
    .map(([name, from]) => ({ name, package: from }))
  if (missing.length > 0) throw new BuildError('DEBIAN_TOOLS_MISSING', { missing })
}

/**
 * Finds the keyring that the package debian-archive-keyring installs. Returns null if only apt's own keys are
 * installed.
 */
export async function findKeyring(): Promise<string | null> {
  for (const path of [
    '/usr/share/keyrings/debian-archive-keyring.pgp',
    '/usr/share/keyrings/debian-archive-keyring.gpg',
  ]) {
    if (
      await access(path, constants.R_OK).then(
        () => true,
        () => false,
      )
    )
      return path
  }
  return null
}
