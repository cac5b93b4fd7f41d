import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readFileState } from '../../src/host/file-state.ts'
import { preloadImage } from '../../src/image/preload-image.ts'
import { expectRejection } from '../support/expect-code.ts'
import { noise, sha256 } from '../support/sample-image.ts'
import { makeSmallImage, temporaryFolder, testWithImages } from '../support/small-image.ts'

testWithImages.for([
  ['has another SHA-256 than its pin', 'now', noise(5000, 42)],
  ['was written since it was hashed', 'before', noise(5000, 41)],
] as const)('refuses a file that %s', async ([, hashed, pinned]) => {
  const folder = temporaryFolder()
  const image = join(folder, 'base.img')
  makeSmallImage('raspios', image)
  const path = join(folder, 'k3s')
  writeFileSync(path, noise(5000, 41))
  const state = hashed === 'now' ? readFileState(path) : '1 5000 1 1'
  const files = [{ path: 'usr/local/bin/k3s', source: { path, state, sha256: sha256(pinned) }, mode: 0o755 }]
  await expectRejection('FILE_CHANGED', preloadImage(image, files, new AbortController().signal))
})
