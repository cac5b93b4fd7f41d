/** Data of many kinds for the encoder, the same on every run. */
import { randomNumbers } from '../../support/random-numbers.ts'

/** Bytes that nothing packs. */
export function randomBytes(byteLength: number, start: number): Uint8Array {
  const draw = randomNumbers(start)
  return Uint8Array.from({ length: byteLength }, () => draw(256))
}

/** A random piece that repeats, with one byte in about `errorEvery` changed; 0 stands for none. */
export function periodicBytes(byteLength: number, period: number, start: number, errorEvery = 0): Uint8Array {
  const piece = randomBytes(period, start)
  const draw = randomNumbers(start + 1)
  return Uint8Array.from({ length: byteLength }, (_, index) =>
    errorEvery > 0 && draw(errorEvery) === 0 ? draw(256) : (piece[index % period] ?? 0),
  )
}

/** Words, some frequent and some rare, as in text. */
export function textBytes(byteLength: number, start: number): Uint8Array {
  const draw = randomNumbers(start)
  const words = Array.from({ length: 2000 }, () =>
    String.fromCharCode(...Array.from({ length: 2 + draw(9) }, () => 97 + Math.min(draw(26), draw(26)))),
  )
  let text = ''
  while (text.length < byteLength)
    text += `${words[Math.min(draw(2000), draw(2000), draw(2000))] ?? ''}${draw(12) === 0 ? '.\n' : ' '}`
  return Buffer.from(text.slice(0, byteLength))
}

/** Fixed-size records of counters, flags and offsets, as tables of programs have them. */
export function recordBytes(byteLength: number, start: number): Uint8Array {
  const draw = randomNumbers(start)
  const bytes = Buffer.alloc(byteLength)
  let address = 0x400000
  for (let at = 0; at + 24 <= byteLength; at += 24) {
    address += 8 * (1 + draw(3))
    bytes.writeUInt32LE(address, at)
    bytes.writeUInt32LE(draw(8) === 0 ? 0x405 : 0x403, at + 8)
    bytes.writeUInt32LE(0x1000 + 16 * draw(5000), at + 16)
  }
  return bytes
}

/** Pieces of all kinds and of copies of what came before, behind one another. */
export function mixedBytes(byteLength: number, start: number): Uint8Array {
  const draw = randomNumbers(start)
  const bytes = new Uint8Array(byteLength)
  for (let at = 0; at < byteLength;) {
    const piece = mixedPiece(bytes.subarray(0, at), 1 + draw(2 ** (1 + draw(17))), draw)
    bytes.set(piece.subarray(0, byteLength - at), at)
    at += piece.byteLength
  }
  return bytes
}

function mixedPiece(before: Uint8Array, byteLength: number, draw: (below: number) => number): Uint8Array {
  switch (draw(7)) {
    case 0:
      return randomBytes(byteLength, draw(1e9))
    case 1:
      return new Uint8Array(byteLength).fill(draw(256))
    case 2:
      return textBytes(byteLength, draw(1e9))
    case 3:
      return recordBytes(byteLength, draw(1e9))
    case 4:
      return periodicBytes(byteLength, 1 + draw(300), draw(1e9), draw(2) * 40)
    default: {
      const from = draw(before.byteLength + 1)
      return Uint8Array.from(before.subarray(from, from + byteLength))
    }
  }
}
