import { type Socket, connect } from 'node:net'
import { createInterface } from 'node:readline'
import { BuildError } from '../errors.ts'
import { QEMU } from './qemu.ts'

interface Reply {
  readonly return?: unknown
  readonly error?: { readonly desc: string }
  readonly event?: string
  readonly data?: { readonly reason?: string }
}

const GONE: Reply = { error: { desc: 'the machine has ended' } }
const CONNECT_TRIES = 600
const CONNECT_PAUSE_MS = 50

/** Speaks QEMU's machine protocol over a unix socket. https://www.qemu.org/docs/master/interop/qmp-spec.html */
export class ControlChannel {
  readonly #socket: Socket
  readonly #replies: ((reply: Reply) => void)[] = []
  /** Resolves when the last message of the machine has been read. */
  readonly closed: Promise<void>
  #shutdownReason: string | null = null

  private constructor(socket: Socket) {
    this.#socket = socket
    createInterface({ input: socket }).on('line', (line) => {
      const message = JSON.parse(line) as Reply
      if (message.event === 'SHUTDOWN') this.#shutdownReason ??= message.data?.reason ?? null
      if (message.return !== undefined || message.error !== undefined) this.#replies.shift()?.(message)
    })
    socket.on('error', () => undefined)
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        for (const reply of this.#replies.splice(0)) reply(GONE)
        resolve()
      })
    })
  }

  /** Connects to a machine that is starting, and opens the protocol. Gives up once the machine `hasEnded`. */
  static async open(path: string, hasEnded: () => boolean): Promise<ControlChannel> {
    for (let tries = 1; ; tries += 1) {
      const socket = await tryConnect(path)
      if (socket !== null) {
        const channel = new ControlChannel(socket)
        await channel.command('qmp_capabilities')
        return channel
      }
      if (tries === CONNECT_TRIES || hasEnded())
        throw new BuildError('EMULATOR_FAILED', { program: QEMU, reason: 'it did not open its control socket' })
      await new Promise((resolve) => setTimeout(resolve, CONNECT_PAUSE_MS))
    }
  }

  /** QEMU's reason for the end of the machine, such as `guest-reset`; null: not known. */
  get shutdownReason(): string | null {
    return this.#shutdownReason
  }

  async command(name: string, parameters: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    const reply = this.#socket.destroyed
      ? GONE
      : await new Promise<Reply>((resolve) => {
          this.#replies.push(resolve)
          this.#socket.write(`${JSON.stringify({ execute: name, arguments: parameters })}\n`)
        })
    if (reply.error !== undefined)
      throw new BuildError('EMULATOR_FAILED', { program: QEMU, reason: `${name}: ${reply.error.desc}` })
    return reply.return
  }

  close(): void {
    this.#socket.destroy()
  }
}

function tryConnect(path: string): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      resolve(socket)
    })
    socket.once('error', () => {
      resolve(null)
    })
  })
}
