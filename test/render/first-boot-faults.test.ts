// @module-tag slow
/** One step of first-boot fails once. It says which, waits, and finishes at the next try. */
import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { run } from '../support/validators.ts'
import {
  answers,
  ASSET,
  binary,
  calls,
  FOLDER,
  inTurn,
  logged,
  machine,
  origin,
  refuse,
  report,
  requests,
  send,
  sha256,
  sums,
  test,
  useMachine,
} from './first-boot-fixture.ts'

const at = (path: string): string => join(machine.folder, path)
const realPath = (name: string): string => run('sh', ['-c', `command -v ${name}`]).output.trim()

/** Lets a program fail the first time that its words match. */
function failsOnce(name: string, words: string): void {
  const flag = at(`failed-${name}`)
  machine.program(
    name,
    `case "$*" in ${words}) [ -e ${flag} ] || { : >${flag}; exit 1; } ;; esac\nexec ${realPath(name)} "$@"`,
  )
}

const sleeps = (): readonly string[] => calls().filter((call) => call.startsWith('sleep'))

test.each<[string, string, string]>([
  ['mv', '*local/k3s', 'local/k3s could not be written'],
  ['chmod', '*.partial', 'local/k3s could not be written'],
  ['ln', '*kubectl', 'local/kubectl could not be linked'],
  ['mv', '*etc/hosts', 'etc/hosts cannot be written'],
])('where %s %s fails', async (name, words, reason) => {
  useMachine({ server_name: 'server-1.local' })
  machine.program('resolvectl', 'echo "server-1.local: 192.168.1.50"')
  failsOnce(name, words)
  expect(await machine.run()).toBe(0)
  expect(logged()).toMatch(new RegExp(`try 1: \\S*${reason}; next try in \\d+ s`))
  expect(logged()).not.toContain('try 2')
  expect(sleeps()).toHaveLength(1)
  expect(machine.read('etc/hosts')).toContain('192.168.1.50 server-1.local')
  expect(statSync(at('etc/hosts')).mode & 0o777).toBe(0o644)
})

test.each([
  ['start', 'could not be started'],
  ['enable', 'could not be enabled'],
])('where systemctl %s fails', async (verb, reason) => {
  machine.program(
    'systemctl',
    `echo "systemctl $*" >>${at('calls')}
if [ "$1" = ${verb} ] && ! [ -e ${at('failed')} ]; then : >${at('failed')}; exit 1; fi
[ "$1" != is-active ] || echo active`,
  )
  expect(await machine.run()).toBe(0)
  expect(logged()).toContain(`try 1: k3s-agent ${reason}; next try in`)
  expect(calls().filter((call) => call.startsWith('systemctl start'))).toHaveLength(verb === 'start' ? 2 : 1)
  expect(logged()).not.toContain('try 2')
})

test('where its note of the end cannot be written, it tries that again after the longest pause', async () => {
  failsOnce('mv', '*first-boot.done')
  expect(await machine.run()).toBe(0)
  expect(logged()).toMatch(/Z \S*state cannot be written\n/)
  expect(sleeps()).toEqual(['sleep 300'])
  expect(machine.read('state/first-boot.done')).toBe('v1.36.4+k3s1\n')
})

test('where k3s has no release for the processor, or the list none of its files, it says so', async () => {
  machine.program('uname', `[ -e ${at('second')} ] && echo aarch64 || echo riscv64`)
  machine.program('sleep', `: >${at('second')}`)
  answers[`${FOLDER}/sha256sum-arm64.txt`] = inTurn(send(`${sha256}  other\n`), send(sums))
  expect(await machine.run()).toBe(0)
  expect(logged()).toContain('try 1: k3s has no release for a riscv64 machine; next')
  expect(logged()).toContain(`try 2: ${origin()}${FOLDER}/sha256sum-arm64.txt does not list k3s-arm64; next`)
  expect(logged()).not.toContain('try 3')
})

test('takes the list of checksums from the server, and not what an earlier try left of it', async () => {
  machine.write('state/sha256sum-arm64.txt', 'an earlier text\n')
  expect(await machine.run()).toBe(0)
  expect(requests).toEqual([`${FOLDER}/sha256sum-arm64.txt`, ASSET])
  expect(sleeps()).toEqual([])
})

test('takes the checksum of its file, whichever form the list has', async () => {
  answers[`${FOLDER}/sha256sum-arm64.txt`] = send(
    `${'1'.repeat(64)}  k3s\n${sha256} *k3s-arm64\n${'2'.repeat(64)}  k3s-arm64\n`,
  )
  expect(await machine.run()).toBe(0)
  expect(machine.read('state/k3s-arm64-v1.36.4+k3s1.sha256')).toBe(`${sha256}\n`)
})

test('writes each line of its log with the time, and to its output', async () => {
  expect(await machine.run()).toBe(0)
  const lines = logged().trimEnd().split('\n')
  expect(lines.every((line) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ \S/.test(line))).toBe(true)
  expect(lines.map((line) => line.slice(line.indexOf(' ') + 1))).toEqual([
    'stage: started',
    'clock: synchronized',
    'stage: clock',
    `k3s: downloading ${origin()}${ASSET}`,
    'stage: k3s-installed',
    'k3s v1.36.4+k3s1 is installed and k3s-agent is starting',
    'stage: k3s-started',
    'join: k3s-agent is running',
    'stage: joined',
  ])
})

test('refuses other words', async () => {
  expect(await machine.run('again')).toBe(2)
  expect([calls(), logged()]).toEqual([[], ''])
})

test('waits for the time alone, where it is asked to', async () => {
  machine.program('timedatectl', `[ "$(grep -c sleep ${at('calls')} 2>/dev/null)" = 2 ] && echo yes || echo no`)
  expect(await machine.run('clock')).toBe(0)
  expect(calls()).toEqual(['sleep 5', 'sleep 5'])
  expect(logged()).toContain('clock: synchronized')
})

describe('the join', () => {
  /** Says one state after the other, and the last one for ever. Waiting for a start gives the code of timeout(1). */
  function states(...each: readonly string[]): void {
    machine.program(
      'systemctl',
      `echo "systemctl $*" >>${at('calls')}
case "$1 $2" in 'start --no-block') exit 0 ;; start*) exit 1 ;; esac
[ "$1" = is-active ] || exit 0
echo x >>${at('looks')}
case $(grep -c x ${at('looks')}) in ${each.map((state, index) => `${index + 1}) echo ${state} ;;`).join(' ')} *) echo active ;; esac`,
    )
  }

  test('of what somebody has stopped is waited for, and not started', async () => {
    states('inactive', 'inactive')
    machine.program('journalctl', 'echo nothing')
    expect(await machine.run()).toBe(0)
    expect(sleeps()).toEqual(['sleep 20', 'sleep 20'])
    expect(calls().filter((call) => call === 'systemctl start k3s-agent')).toEqual([])
    expect(logged().match(/join: k3s-agent is not running yet; see: journalctl -u k3s-agent/g)).toHaveLength(1)
    expect(report()).toMatchObject({ state: 'joined', lastError: null })
  })

  test('that fails again and again is asked for with pauses', async () => {
    states('activating', 'activating')
    machine.program('journalctl', `echo 'level=fatal msg="duplicate node name found"'`)
    expect(await machine.run()).toBe(0)
    expect(calls().filter((call) => call === 'systemctl start k3s-agent')).toHaveLength(2)
    expect(sleeps()).toEqual(['sleep 20', 'sleep 20'])
    expect(logged()).toContain(
      'the server still lists an older worker-1; remove it there: kubectl delete node worker-1',
    )
  })

  test('is waited for without curl, too: by wget, which also asks for the time', async () => {
    answers['/ping'] = (_request, response) => {
      response.writeHead(200, { date: 'Tue, 01 Jan 2030 00:00:00 GMT' }).end('pong')
    }
    useMachine({ server_url: origin(), clock_wait_seconds: '0' })
    rmSync(at('bin/curl'))
    machine.own('wget')
    states('inactive')
    machine.program('journalctl', ':')
    machine.program('timedatectl', 'echo no')
    machine.program('stat', 'echo 1767225600')
    machine.program(
      'date',
      `case "$*" in *-s*) echo "date $*" >>${at('calls')} ;; *-d*) exec /bin/date "$@" ;; *+%s) echo 1767225700 ;; *) exec /bin/date "$@" ;; esac`,
    )
    expect(await machine.run()).toBe(0)
    expect(logged()).toContain(`clock: taken from ${origin()}, since no time server answers`)
    expect(calls()).toContain('date -u -s @1893456000')
    expect(logged()).toContain('join: k3s-agent is not running yet')
  })
})

describe('wget', () => {
  test('names the status of an answer that is no file', async () => {
    rmSync(at('bin/curl'))
    machine.own('wget')
    answers[ASSET] = inTurn(refuse(503), send(binary))
    expect(await machine.run()).toBe(0)
    expect(logged()).toContain(
      `try 1: ${origin()}${ASSET} could not be downloaded: the server answered with status 503; next`,
    )
  })

  test.each<[string, (path: string) => string]>([
    ['a whole address', (path) => `${origin()}${path}`],
    ['an address without a protocol', (path) => `${origin().replace('http:', '')}${path}`],
    ['a path', (path) => path],
  ])('follows a redirect to %s', async (_form, location) => {
    rmSync(at('bin/curl'))
    machine.own('wget')
    answers[ASSET] = (_request, response) => {
      response.writeHead(302, { location: location('/elsewhere') }).end()
    }
    answers['/elsewhere'] = send(binary)
    expect(await machine.run()).toBe(0)
    expect(requests).toContain('/elsewhere')
    expect(sleeps()).toEqual([])
  })

  test.each([
    ['relative/path', 'it redirects to relative/path, which is no address to go on to'],
    [ASSET, 'it redirects without end'],
  ])('gives up a redirect to %s', async (location, reason) => {
    rmSync(at('bin/curl'))
    machine.own('wget')
    answers[ASSET] = (_request, response) => {
      if (machine.has('slept')) send(binary)(_request, response)
      else response.writeHead(302, { location }).end()
    }
    machine.program('sleep', `: >${at('slept')}`)
    expect(await machine.run()).toBe(0)
    expect(logged()).toContain(`try 1: ${origin()}${ASSET} could not be downloaded: ${reason}; next`)
    expect(requests.filter((request) => request === ASSET).length).toBe(location === ASSET ? 22 : 2)
  })
})
