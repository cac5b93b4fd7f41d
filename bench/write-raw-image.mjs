import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { writeRawImage } from '../dist/artifact/write-raw-image.js'
import { withFileDevice, withWritableFileDevice } from '../dist/disk/file-device.js'
import { copySparse } from '../dist/host/copy-sparse.js'
import { readFileState } from '../dist/host/file-state.js'
import { withPinnedFile } from '../dist/host/pinned-file.js'
import { withPatchedImage } from '../dist/image/patch-image.js'
import { verifyImage } from '../dist/image/verify-image.js'
import { renderCluster } from '../dist/pipeline/render/render-cluster.js'
import { benchProject } from './inject-one-node.mjs'
import { inPairs, runProcess, timed } from './measure.mjs'

const ROUNDS = 7
const LIMIT = 1.3
const signal = new AbortController().signal

/** A raw image written, against `cp --sparse=auto` of its base; once as it is, once with the SHA-256 for SHA256SUMS. */
export async function benchWrite({ folder, base, clusterFile }) {
  const { nodes } = await renderCluster(
    benchProject(folder, clusterFile),
    { profiles: [], nodes: ['worker-1'] },
    { secretsPlace: 'image', renewal: 'expiring' },
  )
  const outFolder = join(folder, 'out')
  const copy = join(folder, 'copy.img')
  const written = join(folder, 'written.img')
  const cp = () => {
    rmSync(copy, { force: true })
    return timed(() => runProcess('cp', ['--sparse=auto', base, copy]))
  }
  return withPinnedFile({ path: base, state: readFileState(base) }, (pinned) =>
    withFileDevice(pinned, (device) =>
      withPatchedImage({ file: pinned, device, xz: null }, nodes[0].node, null, async (patched) => {
        const write = async () => {
          rmSync(written, { force: true })
          return timed(async () => {
            await copySparse(pinned, written, signal)
            await withWritableFileDevice(written, async (file) => {
              for (const page of patched.changedPages) file.write(page.byteOffset, page.bytes)
              await verifyImage(file, patched)
            })
          })
        }
        const writeWithHash = async () => {
          rmSync(join(outFolder, 'worker-1.img'), { force: true })
          const readBack = (file) => verifyImage(file, patched)
          return timed(() =>
            writeRawImage(patched, {
              outFolder,
              readBack,
              beforeReplace: () => Promise.resolve(),
              requireHeld: () => Promise.resolve(),
              verify: 'edits',
              flush: false,
              signal,
              progress: () => undefined,
            }),
          )
        }
        const plain = await inPairs(ROUNDS, write, cp)
        const hashed = await inPairs(ROUNDS, writeWithHash, cp)
        return [
          {
            measure: 'a raw image written and its edits read back, against cp --sparse=auto of the base',
            value: `${plain.ratio.toFixed(2)} x`,
            limit: `${LIMIT} x`,
            held: plain.ratio <= LIMIT,
            details: `medians of ${ROUNDS} pairs: ${plain.first.toFixed(2)} s against ${plain.second.toFixed(2)} s; with the SHA-256 of the whole image ${hashed.ratio.toFixed(2)} x (${hashed.first.toFixed(2)} s)`,
          },
        ]
      }),
    ),
  )
}
