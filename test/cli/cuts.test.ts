// @module-tag slow
/** Builds that end at the worst moment: what they leave is whole, and the next build needs no help. */
import { createHash } from 'node:crypto'
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect } from 'vitest'
import { project } from '../support/cli-project.ts'
import { bantamProcess, type CliRun } from '../support/run-cli.ts'
import { smallImage, temporaryFolder, testWithImages } from '../support/small-image.ts'

const cutter = pathToFileURL(join(import.meta.dirname, '../support/cut-before.mjs')).href
const PARTIAL = /\.partial$/

const filesOf = (folder: string): readonly string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
        .sort()
    : []
const sumOf = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex')
const sumsOf = (folder: string): Readonly<Record<string, string>> =>
  Object.fromEntries(filesOf(folder).map((name) => [name, sumOf(join(folder, name))]))

/** Builds one node, and dies just before the n-th change of the file system; with 0 it lives, and the number of changes is counted. */
async function build(folder: string, cutBefore: number): Promise<CliRun & { readonly changes: number }> {
  const countFile = join(folder, '..', 'changes')
  const run = await bantamProcess(
    folder,
    ['build-image', '--format', 'img', '--node', 'worker-1', '--base', 'raspios.img'],
    {
      NODE_OPTIONS: `--import ${cutter}`,
      CUT_BEFORE: String(cutBefore),
      CUT_COUNT_FILE: countFile,
    },
  )
  return { ...run, changes: cutBefore === 0 ? Number(readFileSync(countFile, 'utf8')) : 0 }
}

testWithImages(
  'a build that is killed before any of its changes leaves nothing half-written, and the next one removes what it left',
  async () => {
    const parent = temporaryFolder()
    const folder = join(parent, 'project')
    cpSync(project(), folder, { recursive: true })
    smallImage('raspios', folder)
    const whole = await build(folder, 0)
    expect(whole.status, whole.stderr).toBe(0)
    const out = join(folder, 'out')
    const expected = sumsOf(out)
    const saved = join(parent, 'saved')
    cpSync(folder, saved, { recursive: true })
    // An older image of the same node, and its line in the list, are there already.
    const older = Buffer.from('older image')
    const image = 'home/worker-1.img'
    expect(whole.changes).toBeGreaterThan(20)
    for (let cutBefore = 1; cutBefore <= whole.changes; cutBefore += 1) {
      rmSync(folder, { recursive: true })
      cpSync(saved, folder, { recursive: true })
      writeFileSync(join(out, image), older)
      const list = `${createHash('sha256').update(older).digest('hex')}  worker-1.img\n`
      writeFileSync(join(out, 'home/SHA256SUMS'), list)
      const cut = await build(folder, cutBefore)
      expect(cut.status, `cut ${cutBefore}`).toBe(null)
      const left = sumsOf(out)
      expect([expected[image], createHash('sha256').update(older).digest('hex')], `cut ${cutBefore}`).toContain(
        left[image],
      )
      for (const [, sum, name] of readFileSync(join(out, 'home/SHA256SUMS'), 'utf8').matchAll(/^(\S+) {2}(\S+)$/gm))
        expect(left[`home/${name ?? ''}`], `cut ${cutBefore}: ${name ?? ''}`).toBe(sum)
      for (const [name, sum] of Object.entries(expected))
        if (name !== image && !name.endsWith('SHA256SUMS')) expect(left[name], `cut ${cutBefore}: ${name}`).toBe(sum)
      const next = await build(folder, 0)
      expect(next.status, `after cut ${cutBefore}: ${next.stderr}`).toBe(0)
      expect(sumsOf(out), `after cut ${cutBefore}`).toEqual(expected)
      expect(filesOf(folder).filter((name) => PARTIAL.test(name))).toEqual([])
    }
  },
  600_000,
)
