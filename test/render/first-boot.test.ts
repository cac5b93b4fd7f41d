// @module-tag slow
import { lstatSync, readlinkSync, rmSync, statSync, symlinkSync } from 'node:fs'
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
  sendHalf,
  sendIgnoringRange,
  sha256,
  stagesOf,
  test,
  until,
  useMachine,
} from './first-boot-fixture.ts'

describe('first-boot', () => {
  test('fetches, verifies, installs and starts k3s, then says that it is done', async () => {
    expect(await machine.run()).toBe(0)
    expect(requests).toEqual([`${FOLDER}/sha256sum-arm64.txt`, ASSET])
    expect(sizeAndMode('local/k3s')).toEqual([binary.length, 0o755])
    for (const tool of ['kubectl', 'crictl', 'ctr'])
      expect(readlinkSync(join(machine.folder, 'local', tool))).toBe('k3s')
    expect(calls()).toEqual([
      'systemctl enable --no-reload k3s-agent',
      'systemctl start --no-block k3s-agent',
      'systemctl is-active k3s-agent',
    ])
    expect(machine.read('state/first-boot.done')).toBe('v1.36.4+k3s1\n')
    expect(logged()).toContain('k3s-agent is running')
  })

  test('has each file on the card before it gets its name, and the name before the next step', async () => {
    const changes = join(machine.folder, 'changes')
    const [mv, chmod] = ['mv', 'chmod'].map((name) => run('sh', ['-c', `command -v ${name}`]).output.trim())
    machine.program('sync', `echo "sync $*" >>${changes}`)
    machine.program('mv', `echo "mv $*" >>${changes}; exec ${mv ?? ''} "$@"`)
    machine.program('chmod', `echo "chmod $*" >>${changes}; exec ${chmod ?? ''} "$@"`)
    expect(await machine.run()).toBe(0)
    const lines = machine
      .read('changes')
      .replaceAll(`${machine.folder}/`, '')
      .split('\n')
      .map((line) => line.trim())
    // Those of the report name its folder.
    expect(lines.filter((line) => line !== '' && !line.includes('boot/bantam') && line !== 'sync -f boot')).toEqual([
      'chmod 0755 local/.k3s-arm64-v1.36.4+k3s1.partial',
      'sync',
      'mv -f local/.k3s-arm64-v1.36.4+k3s1.partial local/k3s',
      'sync',
      'sync',
      'mv -f state/first-boot.partial state/first-boot.done',
      'sync',
    ])
  })

  test('does nothing once it is done', async () => {
    machine.write('state/first-boot.done', 'v1.36.4+k3s1\n')
    expect(await machine.run()).toBe(0)
    expect([requests, calls()]).toEqual([[], []])
  })

  test('downloads nothing again after the binary is installed, also if k3s does not start', async () => {
    machine.program(
      'systemctl',
      `echo "systemctl $*" >>${join(machine.folder, 'calls')}
[ "$1" != enable ] || [ "$(grep -c 'systemctl enable' ${join(machine.folder, 'calls')})" -gt 2 ] || exit 1
[ "$1" != is-active ] || echo active`,
    )
    expect(await machine.run()).toBe(0)
    expect(logged()).toContain('try 2: k3s-agent could not be enabled')
    expect(requests).toEqual([`${FOLDER}/sha256sum-arm64.txt`, ASSET])
  })

  test('downloads the checksums again if the stored one is incomplete', async () => {
    machine.write('local/k3s', '')
    machine.write('state/k3s-arm64-v1.36.4+k3s1.sha256', sha256.slice(0, 20))
    expect(await machine.run()).toBe(0)
    expect(requests).toEqual([`${FOLDER}/sha256sum-arm64.txt`, ASSET])
  })

  test('leaves tools that are there as they are', async () => {
    symlinkSync('/opt/other', join(machine.folder, 'local/kubectl'))
    await machine.run()
    expect(readlinkSync(join(machine.folder, 'local/kubectl'))).toBe('/opt/other')
    expect(lstatSync(join(machine.folder, 'local/ctr')).isSymbolicLink()).toBe(true)
  })

  test.each([
    ['aarch64', 'k3s-arm64', 'sha256sum-arm64.txt'],
    ['x86_64', 'k3s', 'sha256sum-amd64.txt'],
    ['armv7l', 'k3s-armhf', 'sha256sum-arm.txt'],
  ])('takes the release files of %s', async (architecture, asset, list) => {
    machine.program('uname', `echo ${architecture}`)
    answers[`${FOLDER}/sha256sum-arm64.txt`] = refuse(404)
    answers[ASSET] = refuse(404)
    answers[`${FOLDER}/${list}`] = send(`${sha256} *${asset}\n`)
    answers[`${FOLDER}/${asset}`] = send(binary)
    await machine.run()
    expect(sizeAndMode('local/k3s')).toEqual([binary.length, 0o755])
  })

  test('installs nothing with a wrong checksum, and tries again', async () => {
    answers[ASSET] = inTurn(send('something else'), send(binary))
    await machine.run()
    expect(logged()).toMatch(/try 1: .*k3s-arm64 has another SHA-256 than [0-9a-f]{64}; next try in \d+ s/)
    expect(sizeAndMode('local/k3s')).toEqual([binary.length, 0o755])
    expect(requests.filter((request) => request.startsWith(ASSET))).toEqual([ASSET, ASSET])
  })

  test('trusts a pinned checksum before that of the release', async () => {
    useMachine({ sha256_pins: `k3s=${'2'.repeat(64)} k3s-arm64=${sha256}` })
    await machine.run()
    expect(requests).toEqual([ASSET])
    expect(sizeAndMode('local/k3s')[0]).toBe(binary.length)
  })

  test('never installs what a pin does not match', async () => {
    useMachine({ sha256_pins: `k3s-arm64=${'2'.repeat(64)}` })
    const child = machine.start()
    await until(() => logged().includes('try 3:'))
    child.kill('SIGKILL')
    expect(machine.has('local/k3s')).toBe(false)
    expect(calls().filter((call) => call.startsWith('systemctl'))).toEqual([])
  })

  test('waits longer after each failure, up to a limit, and then succeeds', async () => {
    answers[ASSET] = inTurn(...Array.from({ length: 9 }, () => refuse(404)), send(binary))
    await machine.run()
    const pauses = calls()
      .filter((call) => call.startsWith('sleep'))
      .map((call) => Number(call.split(' ')[1]))
    const least = [5, 10, 20, 40, 80, 160, 300, 300, 300]
    expect(pauses).toHaveLength(least.length)
    pauses.forEach((pause, index) => {
      expect(pause).toBeGreaterThanOrEqual(least[index] ?? 0)
      expect(pause).toBeLessThanOrEqual((least[index] ?? 0) * 1.5)
    })
    expect(logged()).toContain('404')
    expect(sizeAndMode('local/k3s')[0]).toBe(binary.length)
  })

  test('resumes a download after a broken connection', async () => {
    answers[ASSET] = inTurn(sendHalf, send(binary))
    await machine.run()
    expect(requests.at(-1)).toMatch(new RegExp(`^${ASSET} bytes=[1-9]\\d*-$`))
    expect(sizeAndMode('local/k3s')[0]).toBe(binary.length)
  })

  test('starts the download again if the server cannot resume it', async () => {
    answers[ASSET] = inTurn(sendHalf, sendIgnoringRange)
    await machine.run()
    expect(installedBytes()).toBe(binary.length)
  })

  test('can be killed in the middle of a download and run again', async () => {
    answers[ASSET] = inTurn((_request, response) => {
      response.writeHead(200, { 'content-length': binary.length })
      response.write(binary.subarray(0, 150_000))
    }, send(binary))
    const child = machine.start()
    await until(() => machine.has('local/.k3s-arm64-v1.36.4+k3s1.partial'))
    child.kill('SIGKILL')
    expect(machine.has('local/k3s')).toBe(false)
    expect(await machine.run()).toBe(0)
    expect(installedBytes()).toBe(binary.length)
  })

  test('downloads nothing again when it was cut off after the installation', async () => {
    machine.program('systemctl', 'kill -9 $PPID')
    await machine.run()
    expect(installedBytes()).toBe(binary.length)
    machine.program('systemctl', '[ "$1" != is-active ] || echo active')
    requests.length = 0
    expect(await machine.run()).toBe(0)
    expect(requests).toEqual([])
    expect(machine.has('state/first-boot.done')).toBe(true)
  })

  test('uses wget where there is no curl', async () => {
    rmSync(join(machine.folder, 'bin/curl'))
    machine.own('wget')
    answers[ASSET] = inTurn(refuse(404), send(binary))
    await machine.run()
    expect(installedBytes()).toBe(binary.length)
  })

  test('uses the binary of the image, without a network, where it was built so', async () => {
    useMachine({ install: 'offline' })
    machine.program('k3s', ':')
    symlinkSync(join(machine.folder, 'bin/k3s'), join(machine.folder, 'local/k3s'))
    expect(await machine.run()).toBe(0)
    expect(requests).toEqual([])
    expect(calls()).toContain('systemctl start --no-block k3s-agent')
  })

  test('reports that the image does not hold the binary', async () => {
    useMachine({ install: 'offline' })
    const child = machine.start()
    await until(() => logged().includes('try 2:'))
    child.kill('SIGKILL')
    expect(logged()).toContain('k3s is missing; this image was built to carry it')
  })

  test('waits for the time with a limit, and says so', async () => {
    machine.program('timedatectl', 'echo no')
    await machine.run()
    expect(calls().filter((call) => call === 'sleep 5')).toHaveLength(36)
    expect(logged()).toContain('no time server answered within 180 s')
    expect(installedBytes()).toBe(binary.length)
  })

  test('reports why a node has not joined, once for each reason, until it has joined', async () => {
    useMachine({ server_url: 'https://127.0.0.1:1' })
    startsAfter(3)
    await machine.run()
    expect(logged().match(/https:\/\/127.0.0.1:1 does not answer/g)).toHaveLength(1)
    expect(logged()).toContain('stage: joined')
  })

  test.each([
    ['no', 'Tue, 01 Jan 2030 00:00:00 GMT', ['date -u -s @1893456000']],
    // Ten years after the image was made and more: a mistake.
    ['no', 'Fri, 01 Jan 2100 00:00:00 GMT', []],
    ['no', 'Fri, 01 Jan 2010 00:00:00 GMT', []],
    ['no', 'nonsense', []],
    ['yes', 'Tue, 01 Jan 2030 00:00:00 GMT', []],
  ])(
    'synchronized: %s, the server says %s: the clock is put forward only where it is behind',
    async (synchronized, date, expected) => {
      answers['/ping'] = (_request, response) => {
        response.writeHead(200, { date }).end('pong')
      }
      useMachine({ server_url: origin(), clock_wait_seconds: '0' })
      machine.program(
        'date',
        `case "$*" in *-s*) echo "date $*" >>${machine.folder}/calls ;; *-d*) exec /bin/date "$@" ;; *+%s) echo 1767225700 ;; *) exec /bin/date "$@" ;; esac`,
      )
      machine.program('stat', 'echo 1767225600')
      machine.program('timedatectl', `echo ${synchronized}`)
      startsAfter(1)
      await machine.run()
      expect(calls().filter((call) => call.startsWith('date'))).toEqual(expected)
    },
  )

  test.each([
    ['level=error msg="Node password rejected, duplicate hostname"', 'kubectl delete node worker-1'],
    [
      'level=error msg="token CA hash does not match the Cluster CA certificate hash"',
      'belongs to another cluster: its certificates',
    ],
    ['level=error msg="https://10.0.0.1:6443/v1-k3s/config: 401 Unauthorized"', 'the server refuses the join token'],
    [
      'tls: failed to verify certificate: x509: certificate has expired or is not yet valid',
      'the time of this node or of the server is wrong',
    ],
    // The last one counts.
    ['token CA hash does not match\n401 Unauthorized\nstarting', 'the server refuses the join token'],
  ])('tells from %s what is wrong, without the secret', async (line, words) => {
    answers['/ping'] = send('pong')
    useMachine({ server_url: origin() })
    startsAfter(Infinity)
    machine.program('journalctl', `echo '${line} K10secret'`)
    const child = machine.start()
    await until(() => logged().includes('join: '))
    child.kill('SIGKILL')
    expect(logged()).toContain(words)
    expect(logged() + machine.read('boot/bantam-report.json') + machine.read('boot/bantam-report.txt')).not.toContain(
      'K10secret',
    )
  })

  test('detects the join after a power cut before the report', async () => {
    startsAfter(Infinity)
    const child = machine.start()
    await until(() => logged().includes('stage: k3s-started'))
    child.kill('SIGKILL')
    expect(machine.has('state/first-boot.done')).toBe(false)
    machine.program('systemctl', '[ "$1" != is-active ] || echo active')
    expect(await machine.run()).toBe(0)
    expect(machine.has('state/first-boot.done')).toBe(true)
    expect(stagesOf(report())).toEqual(['started', 'clock', 'k3s-installed', 'k3s-started', 'joined'])
  })
})

describe('an initial server among servers', () => {
  test('joins a server that answers, instead of initializing a second cluster', async () => {
    answers['/ping'] = send('pong')
    useMachine({ unit: 'k3s', peer_urls: `http://127.0.0.1:1 ${origin()}` })
    expect(await machine.run()).toBe(0)
    expect(machine.read('config.yaml.d/50-bantam-rejoin.yaml')).toBe(`server: ${origin()}\n`)
    expect(logged()).toContain(`${origin()} answers, so this server joins its cluster`)
  })

  test.each<[string, () => void]>([
    ['nobody answers', () => undefined],
    [
      'something else answers',
      () => {
        answers['/ping'] = send('<html>router</html>')
      },
    ],
    [
      'it is a member already',
      () => {
        answers['/ping'] = send('pong')
        machine.write('server/db/etcd/member', '')
      },
    ],
  ])('founds it where %s', async (_case, prepare) => {
    useMachine({ unit: 'k3s', peer_urls: origin() })
    prepare()
    expect(await machine.run()).toBe(0)
    expect(machine.has('config.yaml.d/50-bantam-rejoin.yaml')).toBe(false)
  })
})

test('without its secrets, a node reports what is missing, and continues when they arrive', async () => {
  rmSync(join(machine.folder, 'config.yaml'))
  machine.program('sleep', `echo 'token: x' >${machine.folder}/config.yaml`)
  expect(await machine.run()).toBe(0)
  expect(logged()).toContain("put this node's secrets.tar onto the boot partition as bantam-secrets.tar")
  expect(machine.has('state/first-boot.done')).toBe(true)
})

describe('name of the server', () => {
  const settings = { server_name: 'server-1.local', server_url: 'https://server-1.local:6443' }
  const before = '127.0.0.1\tlocalhost\n# END of what was here\n'
  const block = (address: string): string => `# BEGIN bantam\n${address} server-1.local\n# END bantam\n`

  test.each([
    ['systemd-resolved', 'resolvectl', 'echo "server-1.local: 192.168.1.50  -- link: eth0"'],
    ['Avahi', 'avahi-resolve', 'printf "server-1.local\\t192.168.1.50\\n"'],
    ['the name service', 'getent', 'echo "192.168.1.50 STREAM server-1.local"; echo "192.168.1.50 DGRAM"'],
  ])('is found through %s and pinned before k3s starts', async (_name, program, script) => {
    useMachine(settings)
    machine.write('etc/hosts', before)
    machine.program(program, script)
    machine.program(
      'systemctl',
      `cat ${machine.folder}/etc/hosts >>${machine.folder}/hosts-at-start; [ "$1" != is-active ] || echo active`,
    )
    await machine.run()
    expect(machine.read('etc/hosts')).toBe(before + block('192.168.1.50'))
    expect(machine.read('hosts-at-start').startsWith(before + block('192.168.1.50'))).toBe(true)
  })

  test('retries, because the server may still be starting', async () => {
    useMachine(settings)
    machine.program(
      'resolvectl',
      `echo x >>${machine.folder}/asked; [ "$(grep -c x ${machine.folder}/asked)" -lt 3 ] || echo "192.168.1.50"`,
    )
    await machine.run()
    expect(logged()).toContain('try 2: no machine answers to the name server-1.local')
    expect(machine.read('etc/hosts')).toContain(block('192.168.1.50'))
  })

  test('gets its new address at a later start, in place of the old one', async () => {
    useMachine(settings)
    machine.write('etc/hosts', `${block('192.168.1.50')}${before}`)
    machine.program('resolvectl', 'echo "server-1.local: 192.168.1.77"')
    expect(await machine.run('pin')).toBe(0)
    expect(machine.read('etc/hosts')).toBe(before + block('192.168.1.77'))
  })

  test('keeps its address when nothing answers, and k3s starts all the same', async () => {
    useMachine(settings)
    machine.write('etc/hosts', before + block('192.168.1.50'))
    expect(await machine.run('pin')).toBe(0)
    expect(machine.read('etc/hosts')).toBe(before + block('192.168.1.50'))
    expect(logged()).toContain('no machine answers')
  })

  test('ignores answers that are no address of another machine', async () => {
    useMachine(settings)
    machine.write('etc/hosts', before)
    machine.program('resolvectl', 'echo "server-1.local: 127.0.1.1 fe80::1%2 1.2.3.4x"')
    await machine.run('pin')
    expect(machine.read('etc/hosts')).toBe(before)
  })
})

function sizeAndMode(path: string): [number, number] {
  const { size, mode } = statSync(join(machine.folder, path))
  return [size, mode & 0o7777]
}

function installedBytes(): number {
  return machine.has('local/k3s') ? sizeAndMode('local/k3s')[0] : 0
}

/** k3s is starting, and has started once somebody has waited for it in vain so many times: 124 is what timeout(1) gives. */
function startsAfter(waits: number): void {
  const asked = `${machine.folder}/asked`
  machine.program(
    'systemctl',
    `case "$1 $2" in
  'start --no-block') ;;
  start*) echo x >>${asked}; exit 124 ;;
  is-active*) [ "$(grep -c x ${asked} 2>/dev/null)" = ${waits} ] && echo active || echo activating ;;
esac`,
  )
}
