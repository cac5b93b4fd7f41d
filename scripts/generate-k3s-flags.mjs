/**
 * Writes the table of k3s's flags for one minor version: `node scripts/generate-k3s-flags.mjs v1.36 flags.json`.
 *
 * The JSON holds what k3s's own flag library says: `{source, server: [flag], agent: [flag]}`, each flag with `name`, `type` (String, Int,
 * Bool, StringSlice, Duration) and `hidden`. A small Go program inside a checkout of k3s writes it: it goes over the flags of
 * `cmds.NewServerCommand` and `cmds.NewAgentCommand` (pkg/cli/cmds) by reflection. `source` says of which commit.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { format } from 'prettier'

const types = { String: 'text', Int: 'integer', Bool: 'boolean', StringSlice: 'list', Duration: 'duration' }

/** Gives the text of the table's file. */
export async function formatFlagTable(version, { source, server, agent }) {
  const flags = new Map()
  for (const [command, list] of [
    ['server', server],
    ['agent', agent],
  ]) {
    for (const { name, type, hidden = false } of list) {
      if (!(type in types)) throw new Error(`the flag ${name} has the unknown type ${type}`)
      const earlier = flags.get(name)
      if (earlier !== undefined && earlier.type !== types[type]) throw new Error(`the flag ${name} has two types`)
      flags.set(name, {
        name,
        type: types[type],
        of: earlier === undefined ? command : 'both',
        // What one of the two shows is not hidden.
        ...(hidden && (earlier?.isHidden ?? true) ? { isHidden: true } : {}),
      })
    }
  }
  const rows = [...flags.values()].sort((one, other) => (one.name < other.name ? -1 : 1))
  const text = `/**
 * Flags of k3s ${version}; scripts/generate-k3s-flags.mjs writes this file.
 * Source: ${source}.
 */
import type { K3sFlagTable } from './k3s-flag.ts'

export const k3sFlags: K3sFlagTable = {
  version: ${JSON.stringify(version)},
  flags: [
${rows.map((row) => `    ${JSON.stringify(row)},\n`).join('')}  ],
}
`
  return format(text, { parser: 'typescript', printWidth: 120, semi: false, singleQuote: true })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [version = '', file = ''] = process.argv.slice(2)
  if (!/^v1\.\d+$/.test(version) || file === '') {
    process.stderr.write('Usage: node scripts/generate-k3s-flags.mjs v1.<minor> <flags.json>\n')
    process.exit(2)
  }
  const target = new URL(`../src/model/k3s-flags/${version}.ts`, import.meta.url)
  writeFileSync(target, await formatFlagTable(version, JSON.parse(readFileSync(file, 'utf8'))))
}
