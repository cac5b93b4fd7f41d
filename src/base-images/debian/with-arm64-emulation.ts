import { access, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BuildError } from '../../errors.ts'
import { runProgram } from '../../host/run-program.ts'
import type { Privilege } from './choose-privilege.ts'

/** Where the kernel lists the interpreters of foreign programs: Documentation/admin-guide/binfmt-misc.rst. */
const BINFMT_FOLDER = '/proc/sys/fs/binfmt_misc'
/** The rule that qemu-user-static gives systemd to register. */
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
 * Makes sure that this machine runs arm64 programs while `work` runs. An existing registration is used. Without one,
 * root registers qemu and removes it again at the end. Throws `DEBIAN_EMULATION_MISSING`.
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
    const { status, output } = await runProgram('mount', ['-t', 'binfmt_misc', 'binfmt_misc', folder], { signal })
    if (status !== 0)
      throw new BuildError('DEBIAN_EMULATION_MISSING', { reason: output.at(-1) ?? 'binfmt_misc cannot be mounted' })
    undo.push(async () => {
      await runProgram('umount', [folder], { signal: unlessAborted })
    })
  }
  // It may already be registered, but was not visible before binfmt_misc was mounted.
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
 * Tells whether an entry of binfmt_misc runs arm64 programs inside another root. The entry must be enabled and have
 * arm64's magic. It also needs flag F: the kernel opened the interpreter at registration, so the other root does not
 * need it.
 */
export function runsArm64(entry: string): boolean {
  const field = (name: string): string => new RegExp(`^${name}:? (.*)$`, 'm').exec(entry)?.[1] ?? ''
  return entry.startsWith('enabled') && field('magic') === ARM64_MAGIC && field('flags').includes('F')
}

/**
 * Makes the rule to register: the package's rule under bantam's name and with flag F. If the package has no rule, it
 * names the static binary.
 */
export function planRule(packaged: string): string {
  const [, , type = 'M', offset = '', magic = '', mask = '', interpreter = '', flags = ''] = packaged.trim().split(':')
  if (interpreter === '') {
    const escaped = (hex: string): string => hex.replace(/../g, (byte) => `\\x${byte}`)
    return `:${NAME}:M::${escaped(ARM64_MAGIC)}:${escaped('ffffffffffffff00fffffffffffffffffeffffff')}:/usr/bin/qemu-aarch64-static:F`
  }
  return `:${NAME}:${type}:${offset}:${magic}:${mask}:${interpreter}:${flags.includes('F') ? flags : `${flags}F`}`
}
