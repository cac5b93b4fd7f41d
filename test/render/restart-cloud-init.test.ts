import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect } from 'vitest'
import { run, testWith } from '../support/validators.ts'
import { seedsFolder } from './rendered.ts'

const test = testWith('dash')
let folder: string

const write = (path: string, text = ''): void => {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}
const has = (path: string): boolean => existsSync(join(folder, path))
const restart = (verb: string, env: NodeJS.ProcessEnv = {}) =>
  run('dash', [join(seedsFolder, 'restart-cloud-init.sh'), verb], {
    env: { BANTAM_SETTINGS: join(folder, 'settings'), ...env },
  })

/** Runs it with programs that note their calls, and gives these, in their order. */
function callsOf(verb: string): readonly string[] {
  for (const name of ['mkdir', 'rm', 'sync', 'touch']) {
    write(
      `bin/${name}`,
      `#!/bin/sh\necho ${name} $* >>${folder}/calls\n${name === 'sync' ? '' : `PATH=\${PATH#*:} exec ${name} "$@"`}\n`,
    )
    chmodSync(join(folder, 'bin', name), 0o755)
  }
  expect(restart(verb, { PATH: `${folder}/bin:${process.env.PATH ?? ''}` }).status).toBe(0)
  return readFileSync(join(folder, 'calls'), 'utf8').trimEnd().replaceAll(`${folder}/`, '').split('\n')
}

/** State of a cloud-init that has begun to set a machine up. */
function begin(): void {
  write('cloud/instances/worker-1-abc/sem/config_users_groups')
  write('cloud/data/instance-id', 'worker-1-abc\n')
  write('cloud/sem/config_scripts_per_once.once')
  write('cloud/seed/nocloud/user-data')
  rmSync(join(folder, 'cloud/instance'), { force: true })
  symlinkSync(join(folder, 'cloud/instances/worker-1-abc'), join(folder, 'cloud/instance'))
  write('etc/passwd.lock', '77')
  write('etc/passwd')
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bantam-restart-'))
  write(
    'settings',
    [
      ['cloud_dir', 'cloud'],
      ['state_dir', 'state'],
      ['lock_dir', 'etc'],
      ['result_file', 'result.json'],
      ['first_boot', 'first-boot'],
    ]
      .map(([name, path]) => `${name ?? ''}='${folder}/${path ?? ''}'\n`)
      .join(''),
  )
  writeFileSync(join(folder, 'first-boot'), `#!/bin/sh\necho "$1" >>${folder}/calls\n`, { mode: 0o755 })
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

describe('restart-cloud-init', () => {
  test('does nothing at the very first start', () => {
    expect(restart('check')).toEqual({ status: 0, output: '' })
  })

  test('removes the state of an interrupted first boot, and nothing else', () => {
    begin()
    expect(restart('check').output).toBe('cloud-init was cut off: it starts over\n')
    for (const path of ['cloud/instance', 'cloud/instances', 'cloud/data', 'cloud/sem', 'etc/passwd.lock'])
      expect(has(path), path).toBe(false)
    for (const path of ['cloud/seed/nocloud/user-data', 'etc/passwd']) expect(has(path), path).toBe(true)
  })

  test('changes nothing at every later start', () => {
    begin()
    write('result.json', '{}')
    expect(restart('settled').status).toBe(0)
    expect(readFileSync(join(folder, 'calls'), 'utf8')).toBe('report\n')
    for (let start = 0; start < 3; start += 1) expect(restart('check')).toEqual({ status: 0, output: '' })
    expect(has('cloud/instances/worker-1-abc/sem/config_users_groups')).toBe(true)
  })

  test('does not count as settled before cloud-init has ended', () => {
    begin()
    restart('settled')
    expect(restart('check').output).toContain('starts over')
  })

  // A command of the user's that reboots must not be run again by the next start, and again.
  test('lets cloud-init resume after an orderly stop, and starts it again after any other end', () => {
    begin()
    restart('stopped')
    expect(restart('check')).toEqual({ status: 0, output: '' })
    expect(has('cloud/instance/sem/config_users_groups')).toBe(true)
    expect(restart('check').output).toContain('starts over')
  })

  test('gives up after three times, so that a node which fails each time keeps its state', () => {
    for (let start = 0; start < 3; start += 1) {
      begin()
      expect(restart('check').output).toContain('starts over')
    }
    begin()
    expect(restart('check').output).toContain('was cut off 3 times: it goes on where it was')
    expect(has('cloud/instance/sem/config_users_groups')).toBe(true)
    write('result.json', '{}')
    restart('settled')
    expect(has('state/cloud-init-restarts')).toBe(false)
  })

  describe('what a note speaks of is on the card', () => {
    test('before cloud-init counts as settled, and so is the note before the report', () => {
      begin()
      write('result.json', '{}')
      expect(callsOf('settled')).toEqual([
        'sync',
        'touch cloud/instance/bantam-settled',
        'rm -f state/cloud-init-restarts',
        'sync',
        'report',
      ])
    })

    test('before an orderly stop goes on, and its end before the next start', () => {
      begin()
      expect(callsOf('stopped')).toEqual(['mkdir -p state', 'touch state/orderly-stop', 'sync'])
      rmSync(join(folder, 'calls'))
      expect(callsOf('check')).toEqual(['rm -f state/orderly-stop', 'sync'])
    })
  })

  test('refuses other words, and names those that it knows', () => {
    expect(restart('again')).toEqual({
      status: 2,
      output: 'usage: restart-cloud-init check | stopped | settled\n',
    })
  })
})
