import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkProfileShape } from '../../src/config/schema/check-shape.ts'
import { clusterSchema } from '../../src/config/schema/cluster-schema.ts'
import { boardModels, boards } from '../../src/model/boards.ts'
import { parseYamlSource } from '../../src/yaml-source/read-yaml-source.ts'
import { problemsOf, withClusterFile } from './load-fixture.ts'

const text = await readFile(join(import.meta.dirname, '../../docs/cluster-yaml.md'), 'utf8')
const examples = [...text.matchAll(/```yaml( profile)?\n(.*?)```/gs)].map(([, kind, yaml = '']) => ({
  isProfile: kind !== undefined,
  yaml,
}))

test.each(examples.filter(({ isProfile }) => !isProfile))(
  'the example loads without warning: $yaml',
  async ({ yaml }) => {
    // Examples of one section are completed to a whole file.
    const whole = [
      yaml,
      /^name:/m.test(yaml) ? '' : 'name: home\n',
      /^nodes:/m.test(yaml) ? '' : 'nodes: [{name: server-1, profile: server}]\n',
    ].join('')
    await withClusterFile(whole, async (file) => {
      // Values from outside are on the machine of the reader.
      expect(await problemsOf(file, { need: 'none' })).toEqual([])
    })
  },
)

test.each(examples.filter(({ isProfile }) => isProfile))('the profile is one: $yaml', async ({ yaml }) => {
  const { source } = parseYamlSource('profile.yaml', yaml)
  expect(source && (await checkProfileShape(source)).problems).toEqual([])
})

test('every key and every board is explained', () => {
  const keys = new Set<string>(boards)
  const collect = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    const { properties } = value as { properties?: Record<string, unknown> }
    // Options of k3s are explained by k3s.
    for (const [key, inner] of Object.entries(properties ?? {})) if (inner !== true) keys.add(key)
    for (const inner of Object.values(value)) collect(inner)
  }
  collect(clusterSchema)
  expect(keys.size).toBeGreaterThan(40)
  expect([...keys].filter((key) => !text.includes(`\`${key}\``))).toEqual([])
})

test('the table of boards says what the code knows', () => {
  const rows = Object.entries(boardModels).map(
    ([name, { title, memoryMiB, debianKernel }]) =>
      `| \`${name}\` | ${title} | ${formatMemory(memoryMiB)} | ${debianKernel ? 'yes' : 'no'} |`,
  )
  expect(text.match(/^\| `\w+` \| [^|]+ \| [^|]+ \| (yes|no) \|$/gm)).toEqual(rows)
})

function formatMemory({ least, most }: { readonly least: number; readonly most: number }): string {
  const [small, large] = [least, most].map((mib) => (mib < 1024 ? `${mib} MiB` : `${mib / 1024} GiB`))
  if (least === most) return small ?? ''
  return least < 1024 ? `${small} to ${large}` : `${least / 1024} to ${large}`
}
