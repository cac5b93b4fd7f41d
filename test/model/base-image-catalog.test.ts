import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  catalogIds,
  catalogRows,
  defaultOs,
  isBoardUnsupported,
  listUnsupportedBoards,
} from '../../src/model/base-image-catalog.ts'

const project = join(import.meta.dirname, '../..')
const read = (path: string): Promise<string> => readFile(join(project, path), 'utf8')

test('docs/base-images.md lists every id with its title, its publisher and the boards that it does not start', async () => {
  const rows = catalogIds.map((id) => {
    const boards = listUnsupportedBoards(id).map((board) => `\`${board}\``)
    const { title, publisher } = catalogRows[id]
    return `| \`${id}\` | ${title} | ${publisher} | ${boards.length === 0 ? 'none' : boards.join(', ')} |`
  })
  const [, table = ''] = /\| catalog id \|.*\n\|.*\n((?:\|.*\n)+)/.exec(await read('docs/base-images.md')) ?? []
  expect(table.trimEnd().split('\n')).toEqual(rows)
})

test.each(['README.md', 'cluster.yaml', 'docs/cluster-yaml.md', 'docs/base-images.md', 'docs/boot.md'])(
  'every id in %s is in the catalog',
  async (path) => {
    const text = (await read(path)).replace(/[\w./-]*\.(md|sh|txt)\b/g, '')
    const named = [...text.matchAll(/(?<![\w/.-])(?:raspios|ubuntu|debian)-[a-z0-9]+(?:[.-][a-z0-9]+)*/g)].map(String)
    expect(named.filter((name) => !(catalogIds as readonly string[]).includes(name))).toEqual([])
  },
)

test('the default list is the one in the docs, the README and the starter', async () => {
  expect(await read('docs/cluster-yaml.md')).toContain(`\`[${defaultOs.join(', ')}]\``)
  expect(await read('cluster.yaml')).toContain(`os: [${defaultOs.join(', ')}]`)
  expect(await read('README.md')).toContain(defaultOs.join(', '))
})

test.each([
  ['debian-13', 'pi5', true],
  ['debian-13', 'pi4', false],
  ['debian-13', 'any', false],
  ['raspios-13-lite', 'pi5', false],
  ['images/debian-13', 'pi5', false],
] as const)('%s does not start %s: %s', (reference, board, isUnsupported) => {
  expect(isBoardUnsupported(reference, board)).toBe(isUnsupported)
})

test('an id names the release that is looked up', () => {
  const suites: Readonly<Record<string, string>> = { '12': 'bookworm', '13': 'trixie' }
  for (const id of catalogIds) {
    const { lookup } = catalogRows[id]
    const [, version = ''] = id.split('-')
    expect(lookup.kind === 'ubuntu-server' ? lookup.version : lookup.suite, id).toBe(suites[version] ?? version)
  }
})
