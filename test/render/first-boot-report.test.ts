// @module-tag slow
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import {
  answers,
  ASSET,
  binary,
  calls,
  inTurn,
  machine,
  origin,
  refuse,
  report,
  type Report,
  send,
  stagesOf,
  test,
  until,
  useMachine,
} from './first-boot-fixture.ts'

/** The name of the system that runs the tests, which the script reads. */
const SYSTEM =
  /^PRETTY_NAME="?(.*?)"?$/m.exec(existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '')?.[1] ??
  ''

describe('report on the boot partition', () => {
  test('reports the progress of the node, as JSON and as text for any editor', async () => {
    await machine.run()
    expect(report()).toMatchObject({
      format: 1,
      node: 'worker-1',
      state: 'joined',
      cloudInit: 'absent',
      lastError: null,
      addresses: [{ interface: 'eth0', address: '192.168.1.21/24' }],
      versions: { kernel: '6.12.43', k3s: 'v1.36.4+k3s1' },
    })
    expect(stagesOf(report())).toEqual(['started', 'clock', 'k3s-installed', 'k3s-started', 'joined'])
    const text = machine.read('boot/bantam-report.txt')
    expect(text.split('\r\n')).toEqual(
      expect.arrayContaining(['bantam: first boot of worker-1', 'state       joined', '  eth0     192.168.1.21/24']),
    )
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
    expect(machine.has('boot/bantam-report.json.new')).toBe(false)
  })

  test('holds each value at its place, in both forms', async () => {
    const time = '2026-11-21T18:00:00Z'
    machine.program('date', `case "$*" in *%s) exec /bin/date "$@" ;; *) echo ${time} ;; esac`)
    machine.program('ip', 'echo "2: eth0 inet 10.0.0.5/8 x"; echo "3: wlan0 inet6 fd00::5/64 x"; echo "broken"')
    machine.write('state/scrubbed', `bantam-secrets.tar ${time}\n`)
    await machine.run()
    const names = ['started', 'clock', 'k3s-installed', 'k3s-started', 'joined']
    const { uptimeSeconds, stages, ...rest } = report() as unknown as {
      readonly uptimeSeconds: number
      readonly stages: readonly { readonly name: string; readonly at: string; readonly uptimeSeconds: number }[]
    }
    expect(rest).toEqual({
      format: 1,
      node: 'worker-1',
      state: 'joined',
      writtenAt: time,
      cloudInit: 'absent',
      addresses: [
        { interface: 'eth0', address: '10.0.0.5/8' },
        { interface: 'wlan0', address: 'fd00::5/64' },
      ],
      versions: { os: SYSTEM, kernel: '6.12.43', k3s: 'v1.36.4+k3s1' },
      scrubbed: [{ file: 'bantam-secrets.tar', at: time }],
      lastError: null,
    })
    expect(uptimeSeconds).toBeGreaterThan(0)
    expect(stages.map(({ name, at }) => [name, at])).toEqual(names.map((name) => [name, time]))
    expect(stages.every((stage) => stage.uptimeSeconds > 0 && stage.uptimeSeconds <= uptimeSeconds)).toBe(true)
    const text = machine.read('boot/bantam-report.txt').replaceAll(/\d+ s\b/g, '9 s')
    expect(text.split('\r\n')).toEqual([
      'bantam: first boot of worker-1',
      '',
      'state       joined',
      `written     ${time}, 9 s after power-on`,
      'cloud-init  absent',
      `system      ${SYSTEM}, Linux 6.12.43`,
      'k3s         v1.36.4+k3s1',
      'last error  none',
      '',
      'addresses',
      '  eth0     10.0.0.5/8',
      '  wlan0    fd00::5/64',
      '',
      'stages',
      ...names.map((name) => `  ${name.padEnd(14)} ${time}  +9 s`),
      '',
      'secrets taken from this partition and overwritten here',
      `  bantam-secrets.tar at ${time}`,
      '',
      'More: /var/log/bantam-first-boot.log on the node.',
      '',
    ])
  })

  test('is on the card before it gets its name, and its name before the next step', async () => {
    const changes = join(machine.folder, 'changes')
    machine.program('sync', `echo "sync $*" >>${changes}`)
    machine.program('mv', `echo "mv $*" >>${changes}; exec /bin/mv "$@"`)
    await machine.run()
    const lines = machine.read('changes').replaceAll(`${machine.folder}/`, '').split('\n')
    expect(lines.slice(0, 4)).toEqual([
      'sync -f boot',
      'mv -f boot/bantam-report.json.new boot/bantam-report.json',
      'mv -f boot/bantam-report.txt.new boot/bantam-report.txt',
      'sync -f boot',
    ])
  })

  test('notes each stage once, and says so in the log', async () => {
    await machine.run()
    rmSync(join(machine.folder, 'state/first-boot.done'))
    await machine.run()
    expect(stagesOf(report())).toEqual(['started', 'clock', 'k3s-installed', 'k3s-started', 'joined'])
    expect(machine.read('log/first-boot.log').match(/stage: started/g)).toHaveLength(1)
  })

  test('is written by one at a time', async () => {
    machine.program('flock', `echo "flock $*" >>${machine.folder}/calls`)
    await machine.run()
    expect(calls()).toContain('flock 9')
  })

  test('says that cloud-init is at work', async () => {
    mkdirSync(join(machine.folder, 'cloud-init'))
    await machine.run()
    expect(report()).toMatchObject({ cloudInit: 'running' })
  })

  test('reports what the node waits for, and removes that when the node continues', async () => {
    answers[ASSET] = inTurn(refuse(404), refuse(404), send(binary))
    machine.program('sleep', `cp ${machine.folder}/boot/bantam-report.json ${machine.folder}/while-waiting.json`)
    machine.own('cp')
    await machine.run()
    expect((JSON.parse(machine.read('while-waiting.json')) as Report).lastError).toMatch(
      /k3s-arm64 could not be downloaded: .*404/,
    )
    expect(report().lastError).toBeNull()
  })

  test('is sound JSON whatever is in the error, and holds no password of a URL', async () => {
    useMachine({ release_url: `${origin().replace('://', '://user:hunter2@')}/with"quote\\and` })
    const child = machine.start()
    await until(() => machine.has('boot/bantam-report.json') && report().lastError !== null)
    child.kill('SIGKILL')
    expect(report().lastError).toContain('with"quote\\and')
    expect(machine.read('boot/bantam-report.json') + machine.read('boot/bantam-report.txt')).not.toContain('hunter2')
  })

  test.each([
    ['{"v1": {"datasource": "NoCloud",\n  "errors": []}}', 'finished'],
    ['{"v1": {"errors": ["no such module"]}}', 'failed'],
    [
      '{"v1": {"errors": []}}',
      'degraded',
      '{\n "v1": {\n  "init": {\n   "errors": [],\n   "recoverable_errors": {\n    "WARNING": ["Failed at loading yaml"]\n   }}}}',
    ],
    [
      '{"v1": {"errors": []}}',
      'finished',
      '{\n "v1": {\n  "init": {\n   "errors": [],\n   "recoverable_errors": {}\n  }}}',
    ],
  ])('says how cloud-init ended: %s, %s', async (result, words, status = '{}') => {
    machine.write('cloud-init/result.json', result)
    machine.write('cloud-init/status.json', status)
    await machine.run()
    expect(report()).toMatchObject({ cloudInit: words })
  })

  test('is written again when cloud-init ends after the join, with the last error if there is one', async () => {
    await machine.run()
    machine.write('cloud-init/result.json', '{"v1": {"errors": []}}')
    machine.write('state/last-error', 'the server does not answer\n')
    expect(await machine.run('report')).toBe(0)
    expect(report()).toMatchObject({ cloudInit: 'finished', state: 'joined', lastError: 'the server does not answer' })
  })

  test('is not written before there is something to report', async () => {
    expect(await machine.run('report')).toBe(0)
    expect(machine.has('boot/bantam-report.json')).toBe(false)
  })

  test('is also written on a node without k3s', async () => {
    useMachine({ unit: '', install: '', version: '' })
    expect(await machine.run()).toBe(0)
    expect(report()).toMatchObject({ state: 'ready', versions: { k3s: '' } })
    expect(calls()).toEqual([])
  })

  test('names the secrets that were on the boot partition and were overwritten', async () => {
    await machine.run()
    expect(report()).toMatchObject({ scrubbed: [] })
    useMachine({})
    machine.write('state/scrubbed', 'bantam-secrets.tar 2026-11-21T18:00:00Z\n')
    await machine.run()
    expect(report()).toMatchObject({ scrubbed: [{ file: 'bantam-secrets.tar', at: '2026-11-21T18:00:00Z' }] })
    expect(machine.read('boot/bantam-report.txt')).toContain(
      'overwritten here\r\n  bantam-secrets.tar at 2026-11-21T18:00:00Z\r\n',
    )
  })

  test('is left out where no boot partition is mounted, and the node joins all the same', async () => {
    machine.program('findmnt', 'echo ext4')
    expect(await machine.run()).toBe(0)
    expect(machine.has('boot/bantam-report.json')).toBe(false)
    expect(machine.has('state/first-boot.done')).toBe(true)
  })

  test('does not stop the node if the boot partition is not writable', async () => {
    useMachine({ boot_folders: '/proc' })
    expect(await machine.run()).toBe(0)
    expect(machine.has('state/first-boot.done')).toBe(true)
  })
})
