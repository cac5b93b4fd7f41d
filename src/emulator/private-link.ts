import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { BuildError } from '../errors.ts'
import { escapeComma } from './machine-plan.ts'
import { explainSpawnError, lastWords } from './run-program.ts'

/** An address on the link that leads to a server on this machine. */
export interface Forward {
  readonly address: string
  readonly port: number
  readonly hostPort: number
}

/** A port of this machine that leads to one of a machine on the link. */
export interface Entrance {
  readonly hostPort: number
  readonly address: string
  readonly port: number
}

export interface LinkPlan {
  /** Network of the link, such as 10.77.0.0/24; its addresses .2 and .100 on are the link's own: router and DHCP. */
  readonly network: string
  readonly memberCount: number
  readonly forwards: readonly Forward[]
  readonly entrances: readonly Entrance[]
  /** Program and first parameters of what joins its standard input and output to a port of this machine. */
  readonly forwardProgram: readonly string[]
  /** For sockets. Their paths must stay below 100 characters. */
  readonly folder: string
}

const PROGRAM = 'qemu-system-aarch64'
const POLL_MS = 50
const POLL_COUNT = 200

/**
 * Lends a network that only its members see: one segment of Ethernet with DHCP, without a way out. A QEMU without a machine is its switch.
 * `use` gets a unix socket for each member.
 */
export async function withPrivateLink<T>(plan: LinkPlan, signal: AbortSignal, use: (sockets: readonly string[]) => Promise<T>): Promise<T> {
  const sockets = Array.from({ length: plan.memberCount }, (_, index) => join(plan.folder, `link-${index}`))
  const child = spawn(PROGRAM, linkParameters(plan, sockets), { stdio: ['ignore', 'ignore', 'pipe'], signal, killSignal: 'SIGKILL' })
  let complaints = ''
  child.stderr.on('data', (bytes: Buffer) => { complaints += bytes.toString() })
  const ended = new Promise<never>((_, reject) => {
    child.on('error', (error) => { reject(explainSpawnError(error, PROGRAM)) })
    child.on('close', () => { reject(new BuildError('EMULATOR_FAILED', { program: PROGRAM, reason: lastWords(complaints) || 'the private link has ended' })) })
  })
  ended.catch(() => undefined)
  try {
    await Promise.race([waitForSockets(sockets), ended])
    return await Promise.race([use(sockets), ended])
  } finally {
    child.kill('SIGKILL')
    await ended.catch(() => undefined)
  }
}

function linkParameters({ network, forwards, entrances, forwardProgram }: LinkPlan, sockets: readonly string[]): readonly string[] {
  const first = network.replace(/\.\d+\/\d+$/, '')
  const host = [
    `user,id=host,restrict=on,net=${network},host=${first}.2,dhcpstart=${first}.100`,
    ...forwards.map(({ address, port, hostPort }) => `guestfwd=tcp:${address}:${port}-cmd:${escapeComma(forwardCommand(forwardProgram, hostPort))}`),
    ...entrances.map(({ hostPort, address, port }) => `hostfwd=tcp:127.0.0.1:${hostPort}-${address}:${port}`),
  ].join(',')
  return [
    '-M', 'none', '-nodefaults', '-no-user-config', '-display', 'none',
    '-netdev', host, '-netdev', 'hubport,id=port-host,hubid=0,netdev=host',
    ...sockets.flatMap((socket, index) => [
      '-netdev', `stream,id=member${index},server=on,addr.type=unix,addr.path=${escapeComma(socket)}`,
      '-netdev', `hubport,id=port${index},hubid=0,netdev=member${index}`,
    ]),
  ]
}

/** QEMU splits it as a shell would, and runs it for each connection. */
function forwardCommand(program: readonly string[], hostPort: number): string {
  return [...program, String(hostPort)].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ')
}

async function waitForSockets(sockets: readonly string[]): Promise<void> {
  for (let count = 0; count < POLL_COUNT; count += 1) {
    if (sockets.every((socket) => existsSync(socket))) return
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
  throw new BuildError('EMULATOR_FAILED', { program: PROGRAM, reason: 'the private link has not come up' })
}
