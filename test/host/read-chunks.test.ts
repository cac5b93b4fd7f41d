import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readChunks } from '../../src/host/read-chunks.ts'
import { temporaryFolder } from '../support/small-image.ts'

const MIB = 1024 * 1024
const content = Uint8Array.from({ length: 2 * MIB + 5 }, (_, index) => (index * 7) % 251)

function makeFile(): string {
  const path = join(temporaryFolder(), 'file')
  writeFileSync(path, content)
  return path
}

test('reads a file in pieces of 1 MiB, and says how far it is before each', async () => {
  const pieces: Uint8Array[] = []
  const read: number[] = []
  const options = { signal: new AbortController().signal, onRead: (bytes: number) => void read.push(bytes) }
  for await (const piece of readChunks(makeFile(), options)) pieces.push(Uint8Array.from(piece))
  expect(pieces.map(({ byteLength }) => byteLength)).toEqual([MIB, MIB, 5])
  expect(Buffer.concat(pieces).equals(content)).toBe(true)
  expect(read).toEqual([MIB, 2 * MIB, 2 * MIB + 5])
})

test('an abort ends it before the next piece', async () => {
  const controller = new AbortController()
  let count = 0
  const reading = async (): Promise<void> => {
    const options = { signal: controller.signal, onRead: () => undefined }
    for await (const piece of readChunks(makeFile(), options)) {
      count += piece.byteLength
      controller.abort(new Error('stopped'))
    }
  }
  await expect(reading()).rejects.toThrow('stopped')
  expect(count).toBe(MIB)
})
