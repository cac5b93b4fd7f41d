import { join } from 'node:path'
import { BuildError } from '../errors.ts'
import { collectLines, lastWords, NOT_FOUND, startProgram } from '../host/start-program.ts'
import { quoteShell } from '../text/quote-shell.ts'
import { EthernetSwitch } from './ethernet-switch.ts'
import { escapeComma } from './machine-plan.ts'
import { emulatorError, QEMU } from './qemu.ts'

/** An address on the link whose connections go to a server on this machine. */
export interface Forward {
  readonly address: string
  readonly port: number
  readonly hostPort: number
}

/** A port of this machine whose connections go to a port of a machine on the link. */
export interface Entrance {
  readonly hostPort: number
  readonly address: string
  readonly port: number
}

export interface LinkPlan {
  /** Network of the link, such as 10.77.0.0/24. Its .2 is the router; DHCP assigns addresses from .100. */
  readonly network: string
  readonly memberCount: number
  readonly forwards: readonly Forward[]
  readonly entrances: readonly Entrance[]
  /** A program and its first parameters. It connects its standard input and output to a port of this machine. */
  readonly forwardProgram: readonly string[]
  /** Folder for sockets. Their paths must be shorter than 100 characters. */
  readonly folder: string
}

/**
 * Makes a private network for as long as `use` runs: one segment of Ethernet with DHCP, without a route to other networks. A QEMU without a
 * machine is its router. `use` receives a unix socket for each member, and a signal that ends its machines when the link ends.
 * Throws `EMULATOR_MISSING`, `EMULATOR_FAILED`.
 */
export async function withPrivateLink<T>(
  plan: LinkPlan,
  signal: AbortSignal,
  use: (sockets: readonly string[], signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const sockets = Array.from({ length: plan.memberCount }, (_, index) => join(plan.folder, `link-${index}`))
  const routerSocket = join(plan.folder, 'router')
  const ethernet = new EthernetSwitch()
  try {
    for (const socket of [...sockets, routerSocket]) await ethernet.open(socket)
    return await withRouter(plan, routerSocket, signal, (inner) => use(sockets, inner))
  } finally {
    ethernet.close()
  }
}

async function withRouter<T>(
  plan: LinkPlan,
  socket: string,
  signal: AbortSignal,
  use: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted()
  const router = startProgram(QEMU, routerParameters(plan, socket), { stdio: ['ignore', 'ignore', 'pipe'] })
  const complaints = collectLines([router.stderr])
  signal.addEventListener('abort', router.kill, { once: true })
  const ended = router.ended.then((status): never => {
    signal.throwIfAborted()
    if (status === NOT_FOUND || lastWords(complaints) !== '') throw emulatorError(QEMU, status, complaints)
    throw new BuildError('EMULATOR_FAILED', { program: QEMU, reason: 'the router of the private link has ended' })
  })
  const closing = new AbortController()
  const work = use(AbortSignal.any([signal, closing.signal]))
  try {
    return await Promise.race([work, ended])
  } finally {
    signal.removeEventListener('abort', router.kill)
    closing.abort()
    router.kill()
    // The caller deletes the link's folder next, so everything that uses it must have ended.
    await Promise.allSettled([work, ended])
  }
}

/** Parameters of QEMU's user network (SLIRP), which reaches nothing outside except the forwarded addresses. */
function routerParameters(
  { network, forwards, entrances, forwardProgram }: LinkPlan,
  socket: string,
): readonly string[] {
  const first = network.replace(/\.\d+\/\d+$/, '')
  const host = [
    `user,id=host,restrict=on,net=${network},host=${first}.2,dns=${first}.3,dhcpstart=${first}.100`,
    ...forwards.map(
      ({ address, port, hostPort }) =>
        `guestfwd=tcp:${address}:${port}-cmd:${escapeComma(forwardCommand(forwardProgram, hostPort))}`,
    ),
    ...entrances.map(({ hostPort, address, port }) => `hostfwd=tcp:127.0.0.1:${hostPort}-${address}:${port}`),
  ].join(',')
  return [
    '-M',
    'none',
    '-nodefaults',
    '-no-user-config',
    '-display',
    'none',
    '-netdev',
    host,
    '-netdev',
    'hubport,id=port-host,hubid=0,netdev=host',
    '-netdev',
    `stream,id=link,server=off,addr.type=unix,addr.path=${escapeComma(socket)}`,
    '-netdev',
    'hubport,id=port-link,hubid=0,netdev=link',
  ]
}

/** Writes the command that QEMU runs for each connection. QEMU splits it as a shell does. */
function forwardCommand(program: readonly string[], hostPort: number): string {
  return [...program, hostPort].map(quoteShell).join(' ')
}
