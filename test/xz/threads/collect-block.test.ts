import { expect, test } from 'vitest'
import { collectBlock } from '../../../src/xz/threads/collect-block.ts'
import { expectRejection } from '../../support/expect-code.ts'
import { noise } from '../../support/sample-image.ts'

const MIB = 1024 * 1024

async function* pieces(data: Uint8Array, pieceBytes: number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < data.byteLength; from += pieceBytes) {
    await Promise.resolve()
    yield data.subarray(from, from + pieceBytes)
  }
}

test.each([0, 1, 100_000])('puts %d bytes together', async (byteLength) => {
  const data = noise(byteLength, 1)
  expect(
    Buffer.from(await collectBlock(pieces(data, 999), { byteLength, file: 'a.xz', memory: null })).equals(data),
  ).toBe(true)
})

test('grows beyond 32 MiB as the data come', async () => {
  const data = Buffer.alloc(70 * MIB, noise(65_537, 2))
  const collected = await collectBlock(pieces(data, MIB + 1), {
    byteLength: data.byteLength,
    file: 'a.xz',
    memory: null,
  })
  expect(Buffer.from(collected.buffer, collected.byteOffset, collected.byteLength).equals(data)).toBe(true)
})

test('allocates no memory for data that a damaged index claims', async () => {
  const collected = await collectBlock(pieces(noise(1000, 1), 100), {
    byteLength: 1000 * MIB,
    file: 'a.xz',
    memory: null,
  })
  expect(collected.byteLength).toBe(1000)
  expect(collected.buffer.byteLength).toBe(32 * MIB)
})

test('uses the given memory only if it is large enough', async () => {
  const data = noise(5000, 3)
  for (const [memory, used] of [
    [new ArrayBuffer(8000), true],
    [new ArrayBuffer(4000), false],
  ] as const) {
    const collected = await collectBlock(pieces(data, 1000), { byteLength: 5000, file: 'a.xz', memory })
    expect(collected.buffer === memory).toBe(used)
    expect(Buffer.from(collected).equals(data)).toBe(true)
  }
})

test('refuses a block of more than 1 GiB at once', async () => {
  await expectRejection(
    'XZ_BLOCK_TOO_LARGE',
    collectBlock(pieces(noise(10, 1), 1), { byteLength: 1024 * MIB + 1, file: 'a.xz', memory: null }),
  )
})
