import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { findFlagTable, flagNamesOf, flagTables, newestFlagTable } from '../../src/model/k3s-flags/find-flag-table.ts'
import type { K3sFlagTable } from '../../src/model/k3s-flags/k3s-flag.ts'

interface ListedFlag {
  readonly name: string
  readonly type: string
  readonly hidden?: boolean
}
interface Listing {
  readonly source: string
  readonly server: readonly ListedFlag[]
  readonly agent: readonly ListedFlag[]
}

const project = join(import.meta.dirname, '../..')
// The script is plain JavaScript, which has no types.
const { formatFlagTable } = (await import(pathToFileURL(join(project, 'scripts/generate-k3s-flags.mjs')).href)) as {
  formatFlagTable: (version: string, listing: Listing) => Promise<string>
}

const libraryTypes = { text: 'String', integer: 'Int', boolean: 'Bool', list: 'StringSlice', duration: 'Duration' }

/** The listing that a table was made from, as far as the table keeps it. */
function listingOf({ flags }: K3sFlagTable, source: string): Listing {
  const of = (role: 'server' | 'agent'): readonly ListedFlag[] =>
    flags
      .filter((flag) => flag.of === 'both' || flag.of === role)
      .map(({ name, type, isHidden }) => ({ name, type: libraryTypes[type], hidden: isHidden ?? false }))
  return { source, server: of('server'), agent: of('agent') }
}

test.each(flagTables)('the table of $version is as the script writes it', async (table) => {
  const text = await readFile(join(project, `src/model/k3s-flags/${table.version}.ts`), 'utf8')
  const source = / \* Source: (.*)\.\n/.exec(text)?.[1] ?? ''
  expect(source).not.toBe('')
  expect(await formatFlagTable(table.version, listingOf(table, source))).toBe(text)
})

test('the script merges the flags of both commands, and refuses unknown types', async () => {
  const server = [
    { name: 'tls-san', type: 'StringSlice' },
    { name: 'debug', type: 'Bool', hidden: true },
  ]
  const text = await formatFlagTable('v1.99', { source: 'a test', server, agent: [{ name: 'debug', type: 'Bool' }] })
  expect(text).toContain(
    "{ name: 'debug', type: 'boolean', of: 'both' },\n    { name: 'tls-san', type: 'list', of: 'server' }",
  )
  const wrong = { source: 'a test', server: [{ name: 'debug', type: 'Map' }], agent: [] }
  await expect(formatFlagTable('v1.99', wrong)).rejects.toThrow('debug has the unknown type Map')
  const twice = { source: 'a test', server, agent: [{ name: 'debug', type: 'Int' }] }
  await expect(formatFlagTable('v1.99', twice)).rejects.toThrow('debug has two types')
})

test('a release is checked by the table of its minor version, and without one by the newest', () => {
  expect(findFlagTable('v1.36.4+k3s1').version).toBe('v1.36')
  expect(findFlagTable('v1.3.6+k3s1')).toBe(newestFlagTable)
  expect(findFlagTable('v1.99.0+k3s1')).toBe(newestFlagTable)
  const minors = flagTables.map(({ version }) => Number(version.slice('v1.'.length)))
  expect(minors).toEqual(minors.toSorted((one, other) => other - one))
})

test('servers and agents have separate and common flags', () => {
  const [server, agent] = [flagNamesOf(newestFlagTable, 'server'), flagNamesOf(newestFlagTable, 'agent')]
  expect(server.length).toBeGreaterThan(120)
  expect(agent.length).toBeGreaterThan(40)
  expect(server).toEqual(expect.arrayContaining(['node-label', 'cluster-init', 'kube-controller-arg']))
  expect(agent.filter((name) => !server.includes(name))).toEqual(['disable-apiserver-lb'])
})
