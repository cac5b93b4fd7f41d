import { appendFileSync, copyFileSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { withFileDevice } from '../../../src/disk/file-device.ts'
import { readFileState } from '../../../src/host/file-state.ts'
import { withPinnedFile } from '../../../src/host/pinned-file.ts'
import type { Artifact } from '../../../src/model/artifact.ts'
import { buildNodeImage } from '../../../src/pipeline/build/build-node-image.ts'
import type { Progress } from '../../../src/progress.ts'
import { expectRejection } from '../../support/expect-code.ts'
import { sampleNode } from '../../support/rendered-nodes.ts'
import { smallImage, temporaryFolder, testWithImages } from '../../support/small-image.ts'
import { writeOptions } from '../../support/write-options.ts'

interface Scene {
  readonly outFolder: string
  /** The raw file over which the SHA-256 of the unpacked image is computed. */
  readonly rawPath: string
  readonly build: (progress?: Progress) => Promise<Artifact>
}

function scene(): Scene {
  const folder = temporaryFolder()
  const path = smallImage('raspios', folder)
  const rawPath = join(folder, 'raw.img')
  copyFileSync(path, rawPath)
  const hashOver = { path: rawPath, state: readFileState(rawPath) }
  const outFolder = join(folder, 'out')
  mkdirSync(outFolder)
  const build: Scene['build'] = (progress = () => undefined) =>
    withPinnedFile({ path, state: readFileState(path) }, (file) =>
      withFileDevice(file, (device) =>
        buildNodeImage(
          sampleNode,
          { file, device, xz: null },
          { ...writeOptions(outFolder, { progress }), clock: null, hashOver },
        ),
      ),
    )
  return { outFolder, rawPath, build }
}

testWithImages('the SHA-256 of the unpacked image is that of the raw image', async () => {
  const { sha256, imageSha256 } = await scene().build()
  expect(imageSha256).toBe(sha256)
})

testWithImages(
  'a raw file that is written while it is hashed ends the build before the image has its name',
  async () => {
    const { outFolder, rawPath, build } = scene()
    let isWritten = false
    const failing = build(({ step, completedBytes, totalBytes }) => {
      // The bytes that are read stay the same, so that nothing else notices.
      if (step === 'hash' && completedBytes === totalBytes && !isWritten) {
        appendFileSync(rawPath, 'x')
        isWritten = true
      }
    })
    const { message } = await expectRejection('FILE_CHANGED', failing)
    expect(message).toContain(rawPath)
    expect(readdirSync(outFolder)).toEqual([])
  },
)
