/** What commands leave that are killed at any moment: one run of a command is stopped at each of its changes. */
import { createHash } from 'node:crypto'
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect } from 'vitest'
import { bantamProcess } from './run-cli.ts'
import { temporaryFolder } from './small-image.ts'

const NODE_OPTIONS = `--import ${pathToFileURL(join(import.meta.dirname, 'cut-before.mjs')).href}`
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/
/** Names that no command may leave for ever: of partial files and folders, of the probe for an owner, of the guard of a lock. */
const LEFT_OVER = /\.partial|\.owner-|\.stale$/

/** Files of a folder, by their paths in it, with a digest of each. */
export function sumsOf(folder: string): Readonly<Record<string, string>> {
  if (!existsSync(folder)) return {}
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const paths = files.map(({ parentPath, name }) => join(parentPath, name)).sort()
  return Object.fromEntries(paths.map((path) => [path.slice(folder.length + 1), sumOf(readFileSync(path))]))
}

export const sumOf = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex')

/** Paths in a folder that a killed command left. */
export function leftOversIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => LEFT_OVER.test(path))
}

/**
 * Runs a command, and puts the folder back into the state at each change, one after the other: whoever kills the command
 * there leaves this. States that differ in nothing but random parts of names come once. Returns their number.
 */
export async function eachCut(
  folder: string,
  parameters: readonly string[],
  use: (cut: string) => Promise<void>,
): Promise<number> {
  const copies = join(temporaryFolder(), 'copies')
  mkdirSync(copies)
  const whole = await bantamProcess(folder, parameters, { NODE_OPTIONS, CUT_FOLDER: folder, CUT_COPIES: copies })
  expect(whole.status, whole.stderr).toBe(0)
  const seen = new Set<string>()
  const count = readdirSync(copies).length
  for (let number = 1; number <= count; number += 1) {
    const copy = join(copies, String(number))
    const state = stateOf(copy)
    if (!seen.has(state)) {
      rmSync(folder, { recursive: true })
      renameSync(copy, folder)
      await use(`cut ${number} of ${count}`)
    }
    seen.add(state)
    rmSync(copy, { recursive: true, force: true })
  }
  return seen.size
}

/** Describes all that a command could find in a folder, except times, and bytes of partial files: only downloads are read. */
function stateOf(folder: string): string {
  const lines = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => {
    const stats = lstatSync(join(folder, path))
    const name = path.replace(UUID, 'UUID').replace(/(\.owner-|\.partial-)\w+/, '$1')
    const isRead = stats.isFile() && (!path.endsWith('.partial') || path.includes('cache/partial/'))
    return `${name} ${stats.mode} ${isRead ? sumOf(readFileSync(join(folder, path))) : ''}`
  })
  return lines.sort().join('\n')
}
