import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkReferences } from '../../../src/base-images/reference/check-references.ts'
import { planNodes } from '../../../src/plan/plan-nodes.ts'
import { loadFixture, withClusterFile } from '../../config/load-fixture.ts'
import { noPlaces } from '../../support/no-places.ts'

test('reports each unknown image at its place in the file, and no others', async () => {
  const text = `name: home
os: [raspios-13-lit, raspios-13-lite, own-image]
nodes:
  - {name: server-1, profile: server}
  - {name: worker-1, profile: worker, os: 'ftp://host/a.img'}
`
  await withClusterFile(text, async (file, folder) => {
    await writeFile(join(folder, 'own-image'), '')
    const { cluster } = await loadFixture(file)
    expect(await checkReferences(planNodes(cluster), file)).toMatchObject([
      { severity: 'error', code: 'BASE_ID_UNKNOWN', file, line: 2, column: 6 },
      { severity: 'error', code: 'BASE_REFERENCE_INVALID', file, line: 5, column: 43 },
    ])
  })
})

test('reports an image without a place for the whole file', async () => {
  expect(await checkReferences([{ os: ['raspios-14'], places: noPlaces }], '/nowhere/cluster.yaml')).toMatchObject([
    { code: 'BASE_ID_UNKNOWN', file: '/nowhere/cluster.yaml', line: null, column: null },
  ])
})
