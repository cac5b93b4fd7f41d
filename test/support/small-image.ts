/** Small images with the layout of published ones, made by test/fixtures/make-small-image.sh without root. */
import { copyFileSync, existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, onTestFinished, type test } from 'vitest'
import { MIB } from '../../src/units.ts'
import { run, testWith } from './validators.ts'

export type SmallFlavour = 'raspios' | 'raspios-12' | 'ubuntu' | 'ubuntu-ab' | 'debian'

/** `test`, skipped visibly where a tool is missing that makes or judges small images. */
export const testWithImages: typeof test = testWith(
  'mkfs.fat',
  'mcopy',
  'mke2fs',
  'sfdisk',
  'fsck.fat',
  'e2fsck',
  'debugfs',
)

const script = fileURLToPath(new URL('../fixtures/make-small-image.sh', import.meta.url))

/** Makes a small image; the environment variables of the script make it unusual. */
export function makeSmallImage(flavour: SmallFlavour, path: string, env: NodeJS.ProcessEnv = {}): void {
  const verdict = run('bash', [script, flavour, path], { env })
  if (verdict.status !== 0 || !existsSync(path)) throw new Error(`make-small-image.sh failed: ${verdict.output}`)
}

/** Gives a folder that goes with the test. */
export function temporaryFolder(parent = tmpdir()): string {
  const folder = mkdtempSync(join(parent, 'bantam-test-'))
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  return folder
}

const MEMORY = '/dev/shm'
const MEMORY_BYTES = 256 * MIB

/**
 * Gives a folder that goes with the test, in memory where there is room. It is for volumes that e2fsck and debugfs open:
 * these flush the whole file, even if they only read it.
 */
export function memoryFolder(): string {
  return temporaryFolder(hasMemory() ? MEMORY : undefined)
}

function hasMemory(): boolean {
  if (!existsSync(MEMORY)) return false
  const { bavail, bsize } = statfsSync(MEMORY)
  return bavail * bsize >= MEMORY_BYTES
}

const made = new Map<SmallFlavour, string>()
let shared: string | null = null
afterAll(() => {
  if (shared !== null) rmSync(shared, { recursive: true, force: true })
})

/** Gives a fresh copy of a small image in `folder`; the original is made once per test file. */
export function smallImage(flavour: SmallFlavour, folder: string): string {
  let original = made.get(flavour)
  if (original === undefined) {
    shared ??= mkdtempSync(join(tmpdir(), 'bantam-images-'))
    original = join(shared, `${flavour}.img`)
    makeSmallImage(flavour, original)
    made.set(flavour, original)
  }
  const path = join(folder, `${flavour}.img`)
  copyFileSync(original, path)
  return path
}
