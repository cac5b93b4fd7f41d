import { createServer, type Server, type Socket } from 'node:net'

const LENGTH_BYTES = 4
const ADDRESS_BYTES = 6
const HEADER_BYTES = 14
/** Size of a port's queue for a slow member. When it is full, frames are dropped, as in real switches. */
const QUEUE_BYTES = 4_194_304

interface Port {
  readonly socket: Socket
  pending: Buffer
}

/**
 * A learning Ethernet switch for QEMU's `stream` network devices. Each device connects to a separate unix socket. It sends the length of
 * each frame (32 bits, big-endian) before the frame. The switch sends a frame to the port where its destination was last seen
 * (IEEE 802.1D, section 7.8), so that the router on one port does not interfere with traffic between the others.
 */
export class EthernetSwitch {
  readonly #servers: Server[] = []
  readonly #ports = new Set<Port>()
  readonly #portOf = new Map<string, Port>()

  /** Opens a port: the machine that connects to the socket is its member. After it has disconnected, another one may connect. */
  async open(path: string): Promise<void> {
    const server = createServer((socket) => {
      this.#plugIn(socket)
    })
    this.#servers.push(server)
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(path, resolve)
    })
  }

  close(): void {
    for (const server of this.#servers) server.close()
    for (const { socket } of this.#ports) socket.destroy()
  }

  #plugIn(socket: Socket): void {
    const port: Port = { socket, pending: Buffer.alloc(0) }
    this.#ports.add(port)
    socket.on('data', (bytes) => {
      port.pending = port.pending.byteLength === 0 ? bytes : Buffer.concat([port.pending, bytes])
      this.#forwardWhole(port)
    })
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.#ports.delete(port)
      for (const [address, known] of this.#portOf) if (known === port) this.#portOf.delete(address)
    })
  }

  #forwardWhole(port: Port): void {
    while (port.pending.byteLength >= LENGTH_BYTES) {
      const end = LENGTH_BYTES + port.pending.readUInt32BE(0)
      if (port.pending.byteLength < end) return
      const message = port.pending.subarray(0, end)
      port.pending = port.pending.subarray(end)
      if (end >= LENGTH_BYTES + HEADER_BYTES) this.#forward(message, port)
    }
  }

  #forward(message: Buffer, from: Port): void {
    const destination = message.toString('hex', LENGTH_BYTES, LENGTH_BYTES + ADDRESS_BYTES)
    const source = message.toString('hex', LENGTH_BYTES + ADDRESS_BYTES, LENGTH_BYTES + 2 * ADDRESS_BYTES)
    this.#portOf.set(source, from)
    // The lowest bit of the first byte marks group addresses.
    const isGroup = ((message[LENGTH_BYTES] ?? 0) & 1) === 1
    const known = isGroup ? undefined : this.#portOf.get(destination)
    for (const to of known === undefined ? this.#ports : [known]) {
      if (to !== from && to.socket.writableLength < QUEUE_BYTES) to.socket.write(message)
    }
  }
}
