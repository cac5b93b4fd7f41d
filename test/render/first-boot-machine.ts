import { type ChildProcess, spawn } from 'node:child_process'
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
import { delimiter, dirname, join } from 'node:path'
import { seedsFolder } from './rendered.ts'

/** What first-boot needs of a machine beside a shell. Downloaders are given by each test. */
const TOOLS = [
  'awk',
  'cat',
  'chmod',
  'cut',
  'dirname',
  'flock',
  'grep',
  'head',
  'ln',
  'mkdir',
  'mv',
  'od',
  'rm',
  'sed',
  'sha256sum',
  'tail',
  'timeout',
  'touch',
  'tr',
]

/** A folder that first-boot takes for a machine: its programs, settings and files. */
export interface Machine {
  readonly folder: string
  /** Text of a file of the machine; empty where there is none. */
  readonly read: (path: string) => string
  readonly has: (path: string) => boolean
  readonly write: (path: string, text: string) => void
  /** Puts a program of the machine in place: a shell script, or one of this machine's own. */
  readonly program: (name: string, script: string) => void
  readonly own: (name: string) => void
  readonly start: (...args: readonly string[]) => ChildProcess
  readonly run: (...args: readonly string[]) => Promise<number | null>
  readonly remove: () => void
}

/** Makes a machine that has its time, a 64-bit Arm processor and systemd, and that sleeps in no time. */
export function createMachine(settings: Readonly<Record<string, string>>): Machine {
  const folder = mkdtempSync(join(tmpdir(), 'bantam-first-boot-'))
  const bin = join(folder, 'bin')
  const path = (name: string): string => join(folder, name)
  for (const name of ['bin', 'boot', 'etc', 'log', 'state', 'local']) mkdirSync(path(name))
  const machine: Machine = {
    folder,
    read: (name) => (existsSync(path(name)) ? readFileSync(path(name), 'utf8') : ''),
    has: (name) => existsSync(path(name)),
    write: (name, text) => {
      mkdirSync(dirname(path(name)), { recursive: true })
      writeFileSync(path(name), text)
    },
    program: (name, script) => {
      rmSync(join(bin, name), { force: true })
      writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`)
      chmodSync(join(bin, name), 0o755)
    },
    own: (name) => {
      symlinkSync(findProgram(name), join(bin, name))
    },
    start: (...args) =>
      spawn('/bin/sh', ['-c', 'exec dash "$0" "$@"', join(seedsFolder, 'first-boot.sh'), ...args], {
        env: { PATH: bin, BANTAM_SETTINGS: path('settings'), LC_ALL: 'C' },
        stdio: 'ignore',
      }),
    run: (...args) =>
      new Promise((resolve) => {
        machine.start(...args).on('exit', resolve)
      }),
    remove: () => {
      rmSync(folder, { recursive: true })
    },
  }
  for (const tool of [...TOOLS, 'dash']) machine.own(tool)
  machine.program('uname', '[ "$1" = -r ] && echo 6.12.43 || echo aarch64')
  // Must never set the clock of this machine.
  machine.program(
    'date',
    `case "$*" in *-s*) echo "date $*" >>${path('calls')} ;; *) exec ${findProgram('date')} "$@" ;; esac`,
  )
  machine.program('findmnt', 'echo vfat')
  machine.program('ip', 'echo "2: eth0    inet 192.168.1.21/24 brd 192.168.1.255 scope global eth0"')
  machine.program('timedatectl', 'echo yes')
  machine.program('sync', ':')
  machine.program('sleep', `echo "sleep $1" >>${path('calls')}`)
  machine.program('systemctl', `echo "systemctl $*" >>${path('calls')}; [ "$1" != is-active ] || echo active`)
  writeFileSync(path('config.yaml'), 'token: secret\n')
  writeFileSync(path('etc/hosts'), '127.0.0.1\tlocalhost\n')
  const all = {
    bin_dir: path('local'),
    hosts_file: path('etc/hosts'),
    state_dir: path('state'),
    log_file: path('log/first-boot.log'),
    config_file: path('config.yaml'),
    config_dir: path('config.yaml.d'),
    server_dir: path('server'),
    boot_folders: path('boot'),
    report_functions: join(seedsFolder, 'report.sh'),
    rejoin_functions: join(seedsFolder, 'rejoin.sh'),
    cloud_init_folder: path('cloud-init'),
    node_name: 'worker-1',
    unit: 'k3s-agent',
    install: 'online',
    version: 'v1.36.4+k3s1',
    ...settings,
  }
  writeFileSync(
    path('settings'),
    Object.entries(all)
      .map(([name, value]) => `${name}='${value}'\n`)
      .join(''),
  )
  return machine
}

function findProgram(name: string): string {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const found = [...folders, '/usr/sbin', '/sbin'].map((folder) => join(folder, name)).find((file) => existsSync(file))
  if (found === undefined) throw new Error(`${name} is not installed`)
  return found
}
