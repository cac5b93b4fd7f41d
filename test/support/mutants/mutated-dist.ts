/**
 * Global set-up of a run over mutants: builds `dist` of Stryker's copy of the project, where each source holds all of its mutants, switched
 * off. Threads and child processes load that. What they reach is written down, so that the tests that started them count as reaching it.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const projectFolder = fileURLToPath(new URL('../../..', import.meta.url))
const distFolder = join(projectFolder, 'dist')
const stampPath = join(distFolder, 'mutated')

/** The line of Stryker's header that counts how often a mutant was reached. */
const COUNTING = 'c[a[i]] = (c[a[i]] || 0) + 1;'
/** The first time in each thread is enough: a thread or a process belongs to one test. */
const NOTING = 'if (c[a[i]] === 1) noteMutant(a[i]);'
const NOTE = `
import { appendFileSync as appendToNotes } from 'node:fs';
function noteMutant(id) {
  const folder = process.env.BANTAM_MUTANT_NOTES;
  if (folder) appendToNotes(folder + '/' + process.pid, id + '\\n');
}
`

export function setup(): void {
  // A test process that Stryker starts after a time-out finds what the first one built.
  if (existsSync(stampPath)) return
  const compiler = createRequire(import.meta.url).resolve('typescript/lib/tsc.js')
  const parameters = ['-p', join(projectFolder, 'tsconfig.build.json'), '--noCheck', '--declaration', 'false']
  execFileSync(process.execPath, [compiler, ...parameters], { cwd: projectFolder, stdio: 'inherit' })
  let noting = 0
  for (const path of readdirSync(distFolder, { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.js')) continue
    const code = readFileSync(join(distFolder, path), 'utf8')
    if (!code.includes(COUNTING)) continue
    writeFileSync(join(distFolder, path), code.replace(COUNTING, `${COUNTING} ${NOTING}`) + NOTE)
    noting += 1
  }
  if (noting === 0) throw new Error('No file of dist holds mutants: has the header of Stryker changed?')
  writeFileSync(stampPath, '')
}
