import { createServer, type Server, type Socket } from 'node:net'

const LENGTH_BYTES = 4
const ADDRESS_BYTES = 6
const HEADER_BYTES = 14
/** What a port holds back for a member that is slow; beyond it frames are dropped, as switches do. */
const QUEUE_BYTES = 4_194_304

interface Port {
  readonly socket: Socket
  pending: Buffer
}

/**
 * A learning Ethernet switch for QEMU's `stream` network devices, each of which connects to a unix socket of its own: frames, each after its length in 32 bits,
 * big-endian. A frame goes to the port behind which its destination was last seen (IEEE 802.1D, section 7.8), so that the router on one port does not
 * meddle in what others say to each other.
 */
export class EthernetSwitch {
  readonly #servers: Server[] = []
  readonly #ports = new Set<Port>()
  readonly #portOf = new Map<string, Port>()

  /** Opens a port: whoever connects to the socket is its member, and another one after that has gone. */
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
    // The lowest bit of the first byte marks addresses of several.
    const isGroup = ((message[LENGTH_BYTES] ?? 0) & 1) === 1
    const known = isGroup ? undefined : this.#portOf.get(destination)
    for (const to of known === undefined ? this.#ports : [known]) {
      if (to !== from && to.socket.writableLength < QUEUE_BYTES) to.socket.write(message)
    }
  }
}
