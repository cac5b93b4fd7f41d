/**
 * Makes the base images of the boot tests, once for all files. BANTAM_BASE_FOLDER names the folder of make-image.sh; BANTAM_BASE_IMAGES
 * may name a folder with images that it has made earlier.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { hasProgram } from '../support/validators.ts'

export const flavours = ['raspios', 'ubuntu', 'ubuntu-ab'] as const
export type BootFlavour = (typeof flavours)[number]

declare module 'vitest' {
  export interface ProvidedContext {
    /** Paths of base images by flavour; empty with the reason why nothing can be booted. */
    bases: Partial<Record<BootFlavour, string>>
    whyNone: string
  }
}

export default function makeBases(project: TestProject): (() => void) | undefined {
  const script = join(process.env.BANTAM_BASE_FOLDER ?? '/nonexistent', 'make-image.sh')
  const missing = ['qemu-system-aarch64', 'qemu-img', 'ssh', 'ssh-keygen'].filter((program) => !hasProgram(program))
  const given = process.env.BANTAM_BASE_IMAGES
  const whyNone =
    missing.length > 0
      ? `${missing.join(', ')} missing: npm run setup installs them`
      : given === undefined && !existsSync(script)
        ? 'BANTAM_BASE_FOLDER is not set or holds no make-image.sh'
        : ''
  // A run that boots nothing must not look like one that did.
  if (whyNone !== '' && process.env.CI === 'true') throw new Error(`nothing can be booted: ${whyNone}`)
  project.provide('whyNone', whyNone)
  if (whyNone !== '') {
    project.provide('bases', {})
    return undefined
  }
  if (given !== undefined) {
    project.provide('bases', Object.fromEntries(flavours.map((flavour) => [flavour, join(given, `${flavour}.img`)])))
    return undefined
  }
  const folder = mkdtempSync(join(tmpdir(), 'bantam-bases-'))
  project.provide(
    'bases',
    Object.fromEntries(
      flavours.map((flavour) => {
        const path = join(folder, `${flavour}.img`)
        execFileSync('bash', [script, flavour, path], { stdio: ['ignore', 'ignore', 'inherit'] })
        return [flavour, path]
      }),
    ),
  )
  return () => {
    rmSync(folder, { recursive: true, force: true })
  }
}
