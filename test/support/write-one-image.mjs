/**
 * Writes one image into a folder as a build does, under the folder's lock: node write-one-image.mjs BASE FOLDER BYTE.
 * The edit fills a page with BYTE. At the step `PAUSE_AT` (`readBack` or `beforeReplace`) it prints a line and waits
 * for one. It prints `done` or the code of its error.
 */
import { once } from 'node:events'

const dist = (path) => import(new URL(`../../dist/${path}`, import.meta.url).href)
const [, , basePath, outFolder, byte] = process.argv
const { ChecksumList } = await dist('artifact/checksum-list.js')
const { writeRawImage } = await dist('artifact/write-raw-image.js')
const { withFileDevice } = await dist('disk/file-device.js')
const { OverlayDevice } = await dist('disk/overlay-device.js')
const { readFileState } = await dist('host/file-state.js')
const { outputError } = await dist('host/output-error.js')
const { withPinnedFile } = await dist('host/pinned-file.js')
const { withOutputFolder } = await dist('pipeline/project/with-output-folder.js')

async function pauseAt(step) {
  if (process.env.PAUSE_AT !== step) return
  console.log(step)
  await once(process.stdin, 'data')
}

const lockTiming = { pollMs: 20, heartbeatMs: 50, staleAfterMs: 600 }
const { signal } = new AbortController()
const progress = () => undefined
try {
  await withOutputFolder(outFolder, { signal, progress, lockTiming }, async ({ signal: held, requireHeld }) => {
    const sums = new ChecksumList(outFolder, { requireHeld, flush: true })
    await withPinnedFile({ path: basePath, state: readFileState(basePath) }, (file) =>
      withFileDevice(file, async (device) => {
        const overlay = new OverlayDevice(device)
        overlay.write(8192, new Uint8Array(4096).fill(Number(byte)))
        const image = {
          nodeName: 'node',
          base: { file, device, xz: null },
          device: overlay,
          changedPages: overlay.changedPages(),
        }
        const artifact = await writeRawImage(image, {
          outFolder,
          readBack: () => pauseAt('readBack'),
          beforeReplace: async (name) => {
            await sums.drop([name])
            await pauseAt('beforeReplace')
          },
          requireHeld,
          verify: 'edits',
          flush: true,
          signal: held,
          progress,
        })
        await sums.add(artifact)
      }),
    )
  })
  console.log('done')
} catch (error) {
  console.log(outputError(error, outFolder).code ?? error)
}
process.exit(0)
