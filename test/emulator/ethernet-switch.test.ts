import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { EthernetSwitch } from '../../src/emulator/ethernet-switch.ts'
import { temporaryFolder } from '../support/small-image.ts'

const BROADCAST = 'ffffffffffff'

interface Member {
  readonly socket: Socket
  readonly send: (to: string, from: string, text: string) => void
  /** What has come in, as texts. */
  readonly received: string[]
}

async function members(count: number): Promise<readonly Member[]> {
  const folder = temporaryFolder()
  const ethernet = new EthernetSwitch()
  onTestFinished(() => {
    ethernet.close()
  })
  const all: Member[] = []
  for (let index = 0; index < count; index += 1) {
    const path = join(folder, String(index))
    await ethernet.open(path)
    all.push(await plugIn(path))
  }
  return all
}

async function plugIn(path: string): Promise<Member> {
  const socket = connect(path)
  await new Promise((resolve) => socket.once('connect', resolve))
  const received: string[] = []
  let pending = Buffer.alloc(0)
  socket.on('data', (bytes) => {
    pending = Buffer.concat([pending, bytes])
    while (pending.byteLength >= 4 && pending.byteLength >= 4 + pending.readUInt32BE(0)) {
      received.push(pending.toString('latin1', 4 + 14, 4 + pending.readUInt32BE(0)))
      pending = pending.subarray(4 + pending.readUInt32BE(0))
    }
  })
  return { socket, received, send: (to, from, text) => socket.write(frame(to, from, text)) }
}

function frame(to: string, from: string, text: string): Buffer {
  const body = Buffer.concat([Buffer.from(`${to}${from}0800`, 'hex'), Buffer.from(text)])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(body.byteLength)
  return Buffer.concat([length, body])
}

async function until(condition: () => boolean): Promise<void> {
  for (let count = 0; count < 200 && !condition(); count += 1) await new Promise((resolve) => setTimeout(resolve, 10))
  expect(condition()).toBe(true)
}

const address = (index: number): string => `52540000000${index}`

test('a broadcast reaches all others; a frame for a known address reaches only that one', async () => {
  const [a, b, c] = await members(3)
  if (a === undefined || b === undefined || c === undefined) throw new Error('three members')
  a.send(BROADCAST, address(1), 'who is there')
  await until(() => b.received.length === 1 && c.received.length === 1)
  b.send(address(1), address(2), 'I am')
  await until(() => a.received.length === 1)
  a.send(address(2), address(1), 'good')
  a.send(BROADCAST, address(1), 'last')
  await until(() => c.received.includes('last') && b.received.includes('last'))
  expect([a.received, b.received, c.received]).toEqual([
    ['I am'],
    ['who is there', 'good', 'last'],
    ['who is there', 'last'],
  ])
})

test('frames may come in pieces, and several at once', async () => {
  const [a, b] = await members(2)
  if (a === undefined || b === undefined) throw new Error('two members')
  const both = Buffer.concat([frame(BROADCAST, address(1), 'first'), frame(BROADCAST, address(1), 'x'.repeat(5000))])
  for (let start = 0; start < both.byteLength; start += 700) {
    a.socket.write(both.subarray(start, start + 700))
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  await until(() => b.received.length === 2)
  expect(b.received).toEqual(['first', 'x'.repeat(5000)])
})

test('a member that disconnects is forgotten, and may return with the same address', async () => {
  const folder = temporaryFolder()
  const ethernet = new EthernetSwitch()
  onTestFinished(() => {
    ethernet.close()
  })
  for (const name of ['a', 'b']) await ethernet.open(join(folder, name))
  const a = await plugIn(join(folder, 'a'))
  const b = await plugIn(join(folder, 'b'))
  b.send(BROADCAST, address(2), 'here')
  await until(() => a.received.length === 1)
  b.socket.destroy()
  await new Promise((resolve) => setTimeout(resolve, 50))
  const again = await plugIn(join(folder, 'b'))
  a.send(address(2), address(1), 'are you back?')
  await until(() => again.received.length === 1)
})
