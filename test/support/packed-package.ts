/** The package as users get it: packed by npm, and installed from the tarball. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from './validators.ts'

export const projectFolder = fileURLToPath(new URL('../..', import.meta.url))

/** npm runs this test and tells its children so; they are to start as a user starts them. */
const ENV: NodeJS.ProcessEnv = Object.fromEntries(
  Object.keys(process.env)
    .filter((name) => /^npm_(command|lifecycle|package|config_(local_)?prefix|execpath)/.test(name))
    .map((name) => [name, undefined]),
)

export interface PackedPackage {
  readonly folder: string
  readonly tarball: string
}

/** Packs what `dist` holds. Nothing is built: other tests are reading that folder. */
export function packPackage(): PackedPackage {
  const folder = mkdtempSync(join(tmpdir(), 'bantam-package-'))
  npm(projectFolder, ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder])
  const [name] = readdirSync(folder)
  if (name === undefined) throw new Error('npm pack wrote nothing')
  return { folder, tarball: join(folder, name) }
}

/** Installs the tarball into a new folder and gives it, with what npm printed. */
export function installPackage({ folder, tarball }: PackedPackage): {
  readonly installed: string
  readonly output: string
} {
  const installed = join(folder, 'user')
  mkdirSync(installed)
  writeFileSync(join(installed, 'package.json'), '{"private": true, "type": "module"}\n')
  const output = npm(installed, ['install', '--no-audit', '--no-fund', '--prefer-offline', tarball])
  return { installed, output }
}

export function removePackage({ folder }: PackedPackage): void {
  rmSync(folder, { recursive: true, force: true })
}

/** Runs npm and gives what it printed. */
export function npm(cwd: string, parameters: readonly string[], env: NodeJS.ProcessEnv = {}): string {
  const { status, output } = run('npm', parameters, { cwd, env: { ...ENV, ...env } })
  if (status !== 0) throw new Error(`npm ${parameters.join(' ')} failed: ${output}`)
  return output
}
