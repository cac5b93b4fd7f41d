import { access, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BuildError } from '../../errors.ts'
import { runTool } from '../../host/run-program.ts'
import type { Privilege } from './choose-privilege.ts'

/** Where the kernel keeps which interpreter runs which kind of program: Documentation/admin-guide/binfmt-misc.rst. */
const BINFMT_FOLDER = '/proc/sys/fs/binfmt_misc'
/** The line that qemu-user-static has systemd register. */
const PACKAGED_RULE = '/usr/lib/binfmt.d/qemu-aarch64.conf'
/** e_ident of a 64-bit little-endian ELF file, executable or shared, for AArch64 (0xb7). */
const ARM64_MAGIC = '7f454c460201010000000000000000000200b700'
const NAME = 'bantam-aarch64'

export interface EmulationOptions {
  readonly privilege: Privilege
  readonly signal: AbortSignal
  /** Where binfmt_misc is mounted. */
  readonly folder?: string
}

/**
 * Lets this machine run arm64 programs while `work` runs. What is registered is used; where nothing is and we are root, qemu is
 * registered, and taken out again at the end. Throws `DEBIAN_EMULATION_MISSING`.
 */
export async function withArm64Emulation<T>(
  { privilege, signal, folder = BINFMT_FOLDER }: EmulationOptions,
  work: () => Promise<T>,
): Promise<T> {
  const undo: (() => Promise<void>)[] = []
  try {
    if (!(await isRegistered(folder))) {
      if (privilege !== 'root')
        throw new BuildError('DEBIAN_EMULATION_MISSING', {
          reason: 'no interpreter for arm64 programs is registered with the kernel',
        })
      await register(folder, undo, signal)
    }
    return await work()
  } finally {
    for (const step of undo.reverse()) await step().catch(() => undefined)
  }
}

async function register(folder: string, undo: (() => Promise<void>)[], signal: AbortSignal): Promise<void> {
  const unlessAborted = new AbortController().signal
  if (!(await isMounted(folder))) {
    const { status, output } = await runTool('mount', ['-t', 'binfmt_misc', 'binfmt_misc', folder], { signal })
    if (status !== 0)
      throw new BuildError('DEBIAN_EMULATION_MISSING', { reason: output.at(-1) ?? 'binfmt_misc cannot be mounted' })
    undo.push(async () => {
      await runTool('umount', [folder], { signal: unlessAborted })
    })
  }
  // It may have been registered all the time and only not been visible.
  if (await isRegistered(folder)) return
  const rule = planRule(await readFile(PACKAGED_RULE, 'utf8').catch(() => ''))
  try {
    await writeFile(join(folder, 'register'), rule)
  } catch (error) {
    throw new BuildError(
      'DEBIAN_EMULATION_MISSING',
      { reason: 'the kernel refuses to register qemu' },
      { cause: error },
    )
  }
  undo.push(() => writeFile(join(folder, NAME), '-1'))
}

function isMounted(folder: string): Promise<boolean> {
  return access(join(folder, 'register')).then(
    () => true,
    () => false,
  )
}

async function isRegistered(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch(() => [])
  for (const name of names) {
    if (name === 'register' || name === 'status') continue
    if (runsArm64(await readFile(join(folder, name), 'utf8').catch(() => ''))) return true
  }
  return false
}

/**
 * Says whether an entry of binfmt_misc runs arm64 programs inside another root: it is enabled, its magic is that of arm64, and the
 * interpreter was opened when it was registered (flag F), so that it need not lie in the other root.
 */
export function runsArm64(entry: string): boolean {
  const field = (name: string): string => new RegExp(`^${name}:? (.*)$`, 'm').exec(entry)?.[1] ?? ''
  return entry.startsWith('enabled') && field('magic') === ARM64_MAGIC && field('flags').includes('F')
}

/** The package's own rule under a name of ours, with flag F; one for its static binary where the package brings none. */
export function planRule(packaged: string): string {
  const [, , type = 'M', offset = '', magic = '', mask = '', interpreter = '', flags = ''] = packaged.trim().split(':')
  if (interpreter === '') {
    const escaped = (hex: string): string => hex.replace(/../g, (byte) => `\\x${byte}`)
    return `:${NAME}:M::${escaped(ARM64_MAGIC)}:${escaped('ffffffffffffff00fffffffffffffffffeffffff')}:/usr/bin/qemu-aarch64-static:F`
  }
  return `:${NAME}:${type}:${offset}:${magic}:${mask}:${interpreter}:${flags.includes('F') ? flags : `${flags}F`}`
}
