// @module-tag slow
/** An initial server that was flashed again asks the other servers: here each answer is that of a program of its machine. */
import { rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect } from 'vitest'
import { calls, logged, machine, test, useMachine } from './first-boot-fixture.ts'

const REJOIN = 'config.yaml.d/50-bantam-rejoin.yaml'
const at = (path: string): string => join(machine.folder, path)

/** A machine with its k3s, which asks these servers. Nothing answers yet, and no board is on. */
function ask(...urls: readonly string[]): void {
  useMachine({ unit: 'k3s', install: 'offline', peer_urls: urls.join(' ') })
  machine.program('k3s', ':')
  symlinkSync(at('bin/k3s'), at('local/k3s'))
  answer('')
  machine.program('ping', `echo "ping $*" >>${at('calls')}; exit 1`)
}

/** Lets the server behind addresses that match answer; curl notes what it is asked for. */
function answer(matching: string, program = 'curl'): void {
  const words = matching === '' ? 'nobody' : `*${matching}*`
  machine.program(
    program,
    `echo "${program} $*" >>${at('calls')}; case "$*" in ${words}) echo pong ;; *) exit 7 ;; esac`,
  )
}

const asked = (program: string): readonly string[] => calls().filter((call) => call.startsWith(`${program} `))
const sleeps = (): readonly string[] => asked('sleep')

beforeEach(() => {
  ask('https://192.168.1.21:6443')
})

test('joins the first server that answers with a certificate of its cluster, and says so', async () => {
  ask('https://192.168.1.21:6443', 'https://192.168.1.22:6443')
  answer('1.22:6443/ping')
  expect(await machine.run()).toBe(0)
  expect(machine.read(REJOIN)).toBe('server: https://192.168.1.22:6443\n')
  expect(logged()).toContain(
    'server: https://192.168.1.22:6443 answers, so this server joins its cluster and does not initialize another\n',
  )
  expect(asked('curl').at(-1)).toBe(
    `curl --cacert ${at('server/tls/server-ca.crt')} --silent --max-time 5 https://192.168.1.22:6443/ping`,
  )
  expect(sleeps()).toEqual([])
})

test('asks with wget where there is no curl', async () => {
  rmSync(at('bin/curl'))
  answer('1.21:6443/ping', 'wget')
  expect(await machine.run()).toBe(0)
  expect(machine.read(REJOIN)).toBe('server: https://192.168.1.21:6443\n')
  expect(asked('wget').at(-1)).toBe(
    `wget -q --ca-certificate=${at('server/tls/server-ca.crt')} -T 5 -t 1 -O - https://192.168.1.21:6443/ping`,
  )
})

test('initializes the cluster at once where no board is on, and forgets an earlier answer', async () => {
  machine.write(REJOIN, 'server: https://192.168.1.99:6443\n')
  expect(await machine.run()).toBe(0)
  expect(machine.has(REJOIN)).toBe(false)
  expect(asked('ping')).toEqual(['ping -c 1 -W 1 192.168.1.21'])
  expect(sleeps()).toEqual([])
  expect(logged()).not.toContain('looking for')
})

test('waits for a minute for a board that is on, and says so once', async () => {
  machine.program('ping', ':')
  expect(await machine.run()).toBe(0)
  expect(sleeps()).toEqual(Array<string>(12).fill('sleep 5'))
  expect(logged().match(/looking for up to 60 s whether another server runs this cluster/g)).toHaveLength(1)
  expect(machine.has(REJOIN)).toBe(false)
})

test('looks names up, since neither k3s nor curl can, and takes a name that nobody answers to for no server', async () => {
  ask('https://gone:6443', 'https://server-2.local:6443')
  machine.program(
    'resolvectl',
    `case "$*" in *server-2.local) echo "server-2.local: 192.168.1.60" ;; *) exit 1 ;; esac`,
  )
  answer('1.60:6443/ping')
  expect(await machine.run()).toBe(0)
  expect(machine.read(REJOIN)).toBe('server: https://192.168.1.60:6443\n')
  answer('')
  rmSync(at('state/first-boot.done'))
  expect(await machine.run()).toBe(0)
  expect(asked('ping')).toEqual(['ping -c 1 -W 1 192.168.1.60'])
})

test('takes an IPv6 address as it is, and asks whether its board is on without brackets', async () => {
  ask('https://[fd00::21]:6443')
  expect(await machine.run()).toBe(0)
  expect(asked('ping')).toEqual(['ping -c 1 -W 1 fd00::21'])
  rmSync(at('state/first-boot.done'))
  answer('fd00::21')
  expect(await machine.run()).toBe(0)
  expect(machine.read(REJOIN)).toBe('server: https://[fd00::21]:6443\n')
})

test('asks nobody where it is a member already, or the only server', async () => {
  machine.write('server/db/etcd/member', '')
  expect(await machine.run()).toBe(0)
  expect([asked('curl'), asked('ping')]).toEqual([[], []])
  ask()
  expect(await machine.run()).toBe(0)
  expect([asked('curl'), asked('ping')]).toEqual([[], []])
})

test('where the answer cannot be written, it says so and tries again', async () => {
  answer('1.21:6443/ping')
  const mkdir = '/bin/mkdir'
  machine.program(
    'mkdir',
    `case "$*" in *config.yaml.d) [ -e ${at('failed')} ] || { : >${at('failed')}; exit 1; } ;; esac; exec ${mkdir} "$@"`,
  )
  expect(await machine.run()).toBe(0)
  expect(logged()).toMatch(/try 1: \S*config\.yaml\.d\/50-bantam-rejoin\.yaml cannot be written; next try/)
  expect(logged()).not.toContain('try 2')
  expect(machine.read(REJOIN)).toBe('server: https://192.168.1.21:6443\n')
})

test('asks again with the time of the server, where no time server answers', async () => {
  machine.program('timedatectl', `[ -e ${at('waited')} ] && echo no || echo yes; : >${at('waited')}`)
  const noted = `echo "curl $*" >>${at('calls')}`
  machine.program(
    'curl',
    `${noted}; case "$*" in *--cacert*) [ -e ${at('right')} ] && echo pong || exit 60 ;; *) printf 'date: Tue, 01 Jan 2030 00:00:00 GMT\\r\\n' ;; esac`,
  )
  machine.program('stat', 'echo 1767225600')
  machine.program(
    'date',
    `case "$*" in *-s*) : >${at('right')} ;; *-d*) exec /bin/date "$@" ;; *+%s) echo 1767225700 ;; *) exec /bin/date "$@" ;; esac`,
  )
  expect(await machine.run()).toBe(0)
  expect(machine.read(REJOIN)).toBe('server: https://192.168.1.21:6443\n')
})
