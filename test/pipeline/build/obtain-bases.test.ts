import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { BuildRequest } from '../../../src/pipeline/build/build-request.ts'
import { obtainBases } from '../../../src/pipeline/build/obtain-bases.ts'
import type { RenderedPlan } from '../../../src/pipeline/render/render-cluster.ts'
import { packed, setUp } from '../../support/obtain-setting.ts'
import { testWith } from '../../support/validators.ts'

// What `obtainBases` reads of a node without k3s.
const node = { plan: { name: 'worker-1', os: ['mine.img.xz'], k3s: null } } as unknown as RenderedPlan

testWith('xz')('--verify computes the SHA-256 of a base again, although the file looks unchanged', async () => {
  const { folder, options, events } = await setUp()
  writeFileSync(join(folder, 'mine.img.xz'), packed)
  const hashesOf = async (verify: BuildRequest['verify']): Promise<number> => {
    events.length = 0
    const project = { clusterFile: join(folder, 'cluster.yaml') }
    const request = { ...options, project, base: null, debian: null, format: 'img.xz', imageHash: 'none', verify }
    await obtainBases([node], request as unknown as BuildRequest)
    return events.filter(({ step }) => step === 'hash').length
  }
  expect(await hashesOf('edits')).toBeGreaterThan(0)
  expect(await hashesOf('edits')).toBe(0)
  expect(await hashesOf('every-byte')).toBeGreaterThan(0)
})
