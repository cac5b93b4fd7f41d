import { expect } from 'vitest'
import { MemoryDevice } from '../../../src/disk/memory-device.ts'
import { readXzLayout } from '../../../src/xz/container/xz-layout.ts'
import { noise, sampleImage } from '../../support/sample-image.ts'
import { temporaryFolder } from '../../support/small-image.ts'
import { xz } from '../../support/xz.ts'
import { soleBlockStream } from './sole-block-stream.ts'
import { expectReadable, testWithXzReaders } from './xz-readers.ts'

testWithXzReaders.each(['none', 'crc32', 'crc64', 'sha256'])(
  'every reader takes single blocks of a file with the check %s',
  (check) => {
    const data = Buffer.concat([noise(1000, 1), sampleImage().subarray(0, 50_000)])
    const packed = xz(data, '-T2', '--block-size=20KiB', `--check=${check}`)
    const { blocks } = readXzLayout(new MemoryDevice(packed), 'a.xz')
    expect(blocks.length).toBe(3)
    for (const block of blocks.slice(1)) {
      const bytes = packed.subarray(block.fileOffset, block.fileOffset + block.paddedByteLength)
      expectReadable(
        soleBlockStream(bytes, block, block.check),
        data.subarray(block.byteStart, block.byteStart + block.byteLength),
        temporaryFolder(),
      )
    }
  },
)
