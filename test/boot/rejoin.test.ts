// @module-tag slow
/** An initial server that was flashed again asks its peers, here stand-ins for k3s, before it initializes the cluster a second time. */
import { chmodSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createMachine, type Machine } from '../render/first-boot-machine.ts'
import { freePort } from '../support/free-port.ts'
import { run, testWith } from '../support/validators.ts'
import { writeAuthorities } from './cluster-authorities.ts'
import { createNode, findPython, type StandInNode } from './stand-in-node.ts'

const needed = testWith('openssl', 'curl', 'wget', 'python3')
const testStandIn = findPython() === null ? (test.skip as typeof test) : needed

const TLS = 'var/lib/rancher/k3s/server/tls'
const REJOIN = 'config.yaml.d/50-bantam-rejoin.yaml'

let peer: StandInNode
let origin = ''
let machine: Machine

beforeEach(async () => {
  const port = await freePort()
  origin = `https://127.0.0.1:${port}`
  peer = createNode(
    `token: server-token-0123456789abcdef\nagent-token: agent-token-fedcba9876543210\nnode-name: server-2\nnode-ip: 127.0.0.1\nhttps-listen-port: ${port}\n`,
  )
  writeAuthorities(peer.path(TLS), '20200101000000Z')
  machine = createMachine({
    unit: 'k3s',
    install: 'offline',
    peer_urls: origin,
    look_seconds: '0',
    clock_wait_seconds: '0',
  })
  machine.own('curl')
})

afterEach(async () => {
  machine.remove()
  await peer.remove()
})

/** Lets the initial server's image be of the peer's cluster. */
function shareAuthorities(): void {
  machine.write('server/tls/server-ca.crt', peer.read(`${TLS}/server-ca.crt`))
}

async function runInitialServer(): Promise<void> {
  machine.write('local/k3s', '')
  chmodSync(join(machine.folder, 'local/k3s'), 0o755)
  expect(await machine.run()).toBe(0)
}

testStandIn.each(['curl', 'wget'])('of the same cluster, it joins: asked by %s', async (program) => {
  if (program === 'wget') {
    rmSync(join(machine.folder, 'bin/curl'))
    machine.own('wget')
  }
  shareAuthorities()
  peer.start('server')
  await peer.logs('k3s is up and running')
  await runInitialServer()
  expect(machine.read(REJOIN)).toBe(`server: ${origin}\n`)
})

testStandIn('of the same cluster that is still starting, it waits for it while its board is on', async () => {
  shareAuthorities()
  machine.program('ping', 'exit 0')
  machine.program('sleep', 'exec /bin/sleep 0.2')
  setTimeout(() => {
    peer.start('server')
  }, 500)
  await runInitialServer()
  expect(machine.read('log/first-boot.log')).toContain('whether another server runs this cluster')
  expect(machine.read(REJOIN)).toBe(`server: ${origin}\n`)
})

testStandIn('of the same cluster, it joins with a clock that is older than the certificates', async () => {
  shareAuthorities()
  peer.start('server')
  await peer.logs('k3s is up and running')
  // curl, too, believes the clock; date -s would set it right.
  const clock = join(machine.folder, 'clock-is-right')
  const curl = run('sh', ['-c', 'command -v curl']).output.trim()
  machine.program('curl', `case "$*" in *--cacert*) [ -f ${clock} ] || exit 60 ;; esac; exec ${curl} "$@"`)
  machine.program('timedatectl', 'echo no')
  machine.program('stat', 'echo 1767225600')
  machine.program(
    'date',
    `case "$*" in *-s*) touch ${clock} ;; '-u +%s') echo 1767225700 ;; *) exec /bin/date "$@" ;; esac`,
  )
  await runInitialServer()
  expect(machine.read(REJOIN)).toBe(`server: ${origin}\n`)
  expect(machine.read('log/first-boot.log')).toContain(`clock: taken from ${origin}`)
})

testStandIn('of another cluster, it does not join', async () => {
  writeAuthorities(join(machine.folder, 'server/tls'), '20200101000000Z')
  peer.start('server')
  await peer.logs('k3s is up and running')
  await runInitialServer()
  expect(machine.has(REJOIN)).toBe(false)
})

testStandIn('where nobody answers, it initializes the cluster', async () => {
  shareAuthorities()
  await runInitialServer()
  expect(machine.has(REJOIN)).toBe(false)
})
