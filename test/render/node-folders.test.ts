// @module-tag slow
/** The scripts of `seeds/` without settings for tests: with the folders of a node, below a separate root. */
import { spawn } from 'node:child_process'
import { mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { writeSecretBundle } from '../../src/artifact/write-secret-bundle.ts'
import { plainFile } from '../../src/render/file-renderer.ts'
import { answers, binary, machine, origin, send, test } from './first-boot-fixture.ts'
import { placeRootedScript } from './rooted-script.ts'

const STATE = 'var/lib/bantam'

function runRooted(script: string, ...words: readonly string[]): Promise<number | null> {
  return new Promise((resolve) => {
    spawn('/bin/sh', ['-c', 'exec dash "$0" "$@"', script, ...words], {
      env: { PATH: join(machine.folder, 'bin'), LC_ALL: 'C' },
      stdio: 'ignore',
    }).on('exit', resolve)
  })
}

/** Lays out a node on which first-boot begins, with these settings of its cluster. */
function layOut(settings: Readonly<Record<string, string>>): string {
  for (const folder of ['usr/local/bin', 'var/log', 'boot/firmware', 'run/cloud-init'])
    mkdirSync(join(machine.folder, folder), { recursive: true })
  machine.write('etc/rancher/k3s/config.yaml', 'token: secret\n')
  machine.write('etc/hosts', '127.0.0.1\tlocalhost\n')
  machine.write('etc/os-release', 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\n')
  // As on a card whose boot partition is mounted at the first of both places.
  machine.program('findmnt', `case "$*" in *boot/firmware) echo vfat ;; *) exit 1 ;; esac`)
  const all = {
    node_name: 'worker-1',
    unit: 'k3s-agent',
    install: 'online',
    version: 'v1.36.4+k3s1',
    release_url: `${origin()}/download/v1.36.4%2Bk3s1`,
    ...settings,
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}='${value}'\n`)
  machine.write('etc/bantam/first-boot.env', lines.join(''))
  for (const name of ['report.sh', 'rejoin.sh']) placeRootedScript(name, machine.folder, `usr/lib/bantam/${name}`)
  return placeRootedScript('first-boot.sh', machine.folder, 'usr/lib/bantam/first-boot')
}

interface Report {
  readonly cloudInit: string
  readonly versions: { readonly os: string }
}

describe('first-boot', () => {
  test('keeps its state, its log, the binary and the report where a node has them', async () => {
    machine.program('resolvectl', 'echo "server-1.local: 192.168.1.50"')
    expect(await runRooted(layOut({ server_name: 'server-1.local' }))).toBe(0)
    expect(machine.read('usr/local/bin/k3s')).toBe(binary.toString('utf8'))
    expect(machine.read(`${STATE}/first-boot.done`)).toBe('v1.36.4+k3s1\n')
    expect(machine.read('var/log/bantam-first-boot.log')).toContain('stage: joined')
    expect(machine.read('etc/hosts')).toContain('192.168.1.50 server-1.local')
    const report = JSON.parse(machine.read('boot/firmware/bantam-report.json')) as Report
    expect(report).toMatchObject({ cloudInit: 'running', versions: { os: 'Debian GNU/Linux 13 (trixie)' } })
    expect(machine.read('boot/firmware/bantam-report.txt')).toContain(
      'system      Debian GNU/Linux 13 (trixie), Linux ',
    )
    expect(machine.has('boot/bantam-report.json')).toBe(false)
  })

  test('asks its peers, and writes the answer into the configuration of k3s', async () => {
    answers['/ping'] = send('pong')
    const script = layOut({ unit: 'k3s', peer_urls: origin() })
    expect(await runRooted(script)).toBe(0)
    const rejoin = 'etc/rancher/k3s/config.yaml.d/50-bantam-rejoin.yaml'
    expect(machine.read(rejoin)).toBe(`server: ${origin()}\n`)
    // A member that starts again asks nobody.
    rmSync(join(machine.folder, rejoin))
    rmSync(join(machine.folder, STATE, 'first-boot.done'))
    mkdirSync(join(machine.folder, 'var/lib/rancher/k3s/server/db/etcd'), { recursive: true })
    expect(await runRooted(script)).toBe(0)
    expect(machine.has(rejoin)).toBe(false)
  })
})

describe('restart-cloud-init', () => {
  test('finds what a cut left of cloud-init and of its locks, and tells first-boot of the end', async () => {
    const script = placeRootedScript('restart-cloud-init.sh', machine.folder, 'usr/lib/bantam/restart-cloud-init')
    const instance = 'var/lib/cloud/instances/worker-1-abc'
    mkdirSync(join(machine.folder, instance), { recursive: true })
    symlinkSync(join(machine.folder, instance), join(machine.folder, 'var/lib/cloud/instance'))
    machine.write('etc/passwd.lock', '77')
    expect(await runRooted(script, 'check')).toBe(0)
    expect([machine.has(instance), machine.has('etc/passwd.lock')]).toEqual([false, false])
    expect(machine.read(`${STATE}/cloud-init-restarts`)).toBe('1\n')
    mkdirSync(join(machine.folder, instance), { recursive: true })
    symlinkSync(join(machine.folder, instance), join(machine.folder, 'var/lib/cloud/instance'))
    machine.write('run/cloud-init/result.json', '{}')
    machine.write('usr/lib/bantam/first-boot', '')
    machine.program('first-boot', `echo "first-boot $*" >>${machine.folder}/calls`)
    rmSync(join(machine.folder, 'usr/lib/bantam/first-boot'))
    symlinkSync(join(machine.folder, 'bin/first-boot'), join(machine.folder, 'usr/lib/bantam/first-boot'))
    expect(await runRooted(script, 'settled')).toBe(0)
    expect(machine.read('calls')).toContain('first-boot report\n')
    expect(machine.has('var/lib/cloud/instance/bantam-settled')).toBe(true)
  })
})

describe('import-secrets', () => {
  test('takes the bundle from the boot partition into the root file system, and has cloud-init start over', async () => {
    for (const name of ['dd', 'stat', 'tar', 'date']) {
      rmSync(join(machine.folder, 'bin', name), { force: true })
      machine.own(name)
    }
    const script = placeRootedScript('import-secrets.sh', machine.folder, 'usr/lib/bantam/import-secrets')
    const token = { ...plainFile('root', 'etc/rancher/k3s/config.yaml', Buffer.from('token: secret\n'), 0o600) }
    const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
    mkdirSync(join(machine.folder, 'boot/firmware'), { recursive: true })
    const bundle = join(machine.folder, 'boot/firmware/bantam-secrets.tar')
    await writeSecretBundle(bundle, { common: [{ ...token, ...owner }], nocloud: [], firstrun: [] })
    const instance = 'var/lib/cloud/instances/worker-1-abc'
    machine.write(`${instance}/bantam-settled`, '')
    symlinkSync(join(machine.folder, instance), join(machine.folder, 'var/lib/cloud/instance'))
    expect(await runRooted(script)).toBe(0)
    expect(machine.read('etc/rancher/k3s/config.yaml')).toBe('token: secret\n')
    expect(machine.has('boot/firmware/bantam-secrets.tar')).toBe(false)
    expect(machine.has(`${instance}/bantam-settled`)).toBe(false)
    expect(machine.read(`${STATE}/scrubbed`)).toContain('bantam-secrets.tar ')
  })
})
