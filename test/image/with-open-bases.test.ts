import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readFileState } from '../../src/host/file-state.ts'
import { type BasePlace, withOpenBases } from '../../src/image/with-open-bases.ts'
import { noise, sampleImage } from '../support/sample-image.ts'
import { temporaryFolder } from '../support/small-image.ts'
import { testWith } from '../support/validators.ts'
import { xz } from '../support/xz.ts'

const options = { workerCount: 2, signal: new AbortController().signal }

function rawBase(folder: string, seed: number): BasePlace {
  const path = join(folder, `${seed}.img`)
  writeFileSync(path, noise(1000, seed))
  return { path, state: readFileState(path), blocksFolder: null }
}

function xzBase(folder: string, seed: number): BasePlace {
  const path = join(folder, `${seed}.img.xz`)
  writeFileSync(path, xz(sampleImage(seed), '-0', '-T2', '--block-size=300000'))
  return { path, state: readFileState(path), blocksFolder: join(folder, `blocks-${seed}`) }
}

testWith('xz')('one set of threads unpacks for all bases of a build, and each gives its own data', async () => {
  const folder = temporaryFolder()
  const bases = [xzBase(folder, 1), rawBase(folder, 2), xzBase(folder, 3)]
  await withOpenBases(bases, options, async (openBaseOf) => {
    const opened = bases.map(openBaseOf)
    expect(opened.map(({ xz: source }) => source === null)).toEqual([false, true, false])
    expect(opened[0]?.xz?.workers).toBe(opened[2]?.xz?.workers)
    const heads = opened.map(({ device }) => {
      const head = Buffer.alloc(400)
      device.read(0, head)
      return head
    })
    expect(heads).toEqual([
      sampleImage(1).subarray(0, 400),
      noise(1000, 2).subarray(0, 400),
      sampleImage(3).subarray(0, 400),
    ])
    return Promise.resolve()
  })
})

test('raw bases need no threads', async () => {
  const folder = temporaryFolder()
  const base = rawBase(folder, 4)
  // A pool of threads would refuse to begin once the signal is given; files need none.
  const controller = new AbortController()
  controller.abort(new Error('stop'))
  expect(
    await withOpenBases([base], { ...options, signal: controller.signal }, (openBaseOf) =>
      Promise.resolve(openBaseOf(base).device.byteLength),
    ),
  ).toBe(1000)
})
