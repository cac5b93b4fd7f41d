import { readFileSync } from 'node:fs'
/** Puts one node's files into a raw image in place and reads them back: the work of one node without the copy. */
import { withFileDevice, withWritableFileDevice } from '../dist/disk/file-device.js'
import { withPatchedImage } from '../dist/image/patch-image.js'
import { verifyImage } from '../dist/image/verify-image.js'

const [path, renderedFile] = process.argv.slice(2)
// A rendered node as JSON, contents in base64.
const node = JSON.parse(readFileSync(renderedFile, 'utf8'), (key, value) =>
  key === 'content' ? Buffer.from(value, 'base64') : value,
)
await withFileDevice(path, (base) =>
  withPatchedImage({ file: { path }, device: base, xz: null }, node, null, async (image) => {
    await withWritableFileDevice(path, async (device) => {
      for (const page of image.changedPages) device.write(page.byteOffset, page.bytes)
      await verifyImage(device, image)
    })
  }),
)
