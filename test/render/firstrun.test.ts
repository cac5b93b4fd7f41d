// @module-tag slow
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect } from 'vitest'
import type { NodePlan } from '../../src/model/node-plan.ts'
import { run, testWith, type Verdict } from '../support/validators.ts'
import { studio } from './plans.ts'
import { render, textOf } from './rendered.ts'

const test = testWith('dash')
const [server, camera] = studio as [NodePlan, NodePlan]
const CMDLINE = 'console=tty1 root=PARTUUID=1-02 rootwait cgroup_enable=memory'
const OURS =
  ' systemd.run=/boot/firmware/firstrun.sh systemd.run_success_action=reboot systemd.unit=kernel-command-line.target'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'bantam-firstrun-'))
  write('etc/hosts', '127.0.0.1\tlocalhost\n127.0.1.1\traspberrypi\n')
  write('boot/firmware/cmdline.txt', `${CMDLINE}${OURS}\n`)
  for (const folder of ['var/log', 'var/lib/systemd/rfkill', 'etc/sudoers.d', 'home'])
    mkdirSync(join(root, folder), { recursive: true })
  program('id', `if [ "$1" = -gn ]; then echo ada; else test -e ${root}/user-exists; fi`)
  program('getent', `echo "ada:x:1001:1001::${root}/home/ada:/bin/bash"`)
  program('useradd', `touch ${root}/user-exists; echo "useradd $*" >>${root}/calls`)
  program('install', 'for last; do :; done; mkdir -p "$last"')
  program('sync', ':')
  for (const name of ['usermod', 'hostname', 'systemctl', 'chown', 'rfkill', 'apt-get', 'dpkg', 'chpasswd', 'sleep']) {
    program(name, `echo "${name} $*" >>${root}/calls`)
  }
})
afterEach(() => {
  rmSync(root, { recursive: true })
})

describe('firstrun.sh', () => {
  test('sets up name, user, keys, SSH and time zone, and removes itself', () => {
    write('usr/bin/cancel-rename', `#!/bin/sh\necho "cancel-rename $*" >>${root}/calls\n`)
    chmodSync(join(root, 'usr/bin/cancel-rename'), 0o755)
    expect(start(server, 'firstrun.sh').status).toBe(0)
    expect(read('etc/hostname')).toBe('server-1\n')
    expect(read('etc/hosts')).toBe('127.0.0.1\tlocalhost\n127.0.1.1\tserver-1\n')
    expect(read('home/ada/.ssh/authorized_keys')).toBe(
      'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAda ada@desk\nssh-rsa AAAAB3Nza ada@phone\n',
    )
    expect(read('etc/sudoers.d/010_bantam')).toBe('ada ALL=(ALL) NOPASSWD:ALL\n')
    expect(read('etc/ssh/sshd_config.d/010_bantam.conf')).toContain('PasswordAuthentication no')
    expect(read('etc/timezone')).toBe('Europe/London\n')
    expect(readlinkSync(join(root, 'etc/localtime'))).toBe(`${root}/usr/share/zoneinfo/Europe/London`)
    expect(calls()).toEqual(
      expect.arrayContaining([
        'useradd --create-home --shell /bin/bash --comment Administrator ada',
        'usermod --append --groups sudo ada',
        'cancel-rename ada',
        'systemctl enable ssh',
        'systemctl enable bantam-provision.service',
      ]),
    )
    expect(read('boot/firmware/cmdline.txt')).toBe(`${CMDLINE}\n`)
    expect(existsSync(join(root, 'boot/firmware/firstrun.sh'))).toBe(false)
  })

  test('gives each file that it makes its mode and its owner, and says when it began and ended', () => {
    for (const name of ['passwd', 'subgid']) write(`etc/${name}.lock`, '77')
    program('id', `if [ "$1" = -gn ]; then echo staff; else test -e ${root}/user-exists; fi`)
    program('install', `echo "install $*" >>${root}/calls; for last; do :; done; mkdir -p "$last"`)
    program('systemctl', ':')
    expect(start(server, 'firstrun.sh').status).toBe(0)
    const modeOf = (path: string): number => statSync(join(root, path)).mode & 0o777
    expect([modeOf('etc/sudoers.d/010_bantam'), modeOf('home/ada/.ssh/authorized_keys')]).toEqual([0o440, 0o600])
    expect(calls()).toEqual([
      'hostname server-1',
      'useradd --create-home --shell /bin/bash --comment Administrator ada',
      ...['adm', 'dialout', 'plugdev', 'sudo', 'users', 'video'].map(
        (group) => `usermod --append --groups ${group} ada`,
      ),
      `install -d -m 0700 -o ada -g staff ${root}/home/ada/.ssh`,
      `chown ada:staff ${root}/home/ada/.ssh/authorized_keys`,
    ])
    expect(['passwd', 'subgid'].filter((name) => existsSync(join(root, `etc/${name}.lock`)))).toEqual([])
    const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`
    expect(read('var/log/bantam-firstrun.log')).toMatch(
      new RegExp(`^${time} setting the machine up\n${time} done; the machine reboots\n$`),
    )
  })

  test('has each change of the boot partition on the card before the next one', () => {
    const inFront = (name: string): void => {
      program(name, `echo "${name} $*" | sed 's|${root}/||g' >>${root}/changes; PATH=\${PATH#*:} exec ${name} "$@"`)
    }
    for (const name of ['mv', 'rm']) inFront(name)
    program(
      'sync',
      `test -e ${root}/boot/firmware/cmdline.new && echo 'sync new' >>${root}/changes || echo sync >>${root}/changes`,
    )
    expect(start(server, 'firstrun.sh').status).toBe(0)
    expect(
      read('changes')
        .split('\n')
        .filter((line) => /sync|boot/.test(line)),
    ).toEqual([
      'sync new',
      'mv boot/firmware/cmdline.new boot/firmware/cmdline.txt',
      'sync',
      'rm -f boot/firmware/firstrun.sh',
      'sync',
    ])
  })

  test('leaves a command line without its tokens as it is', () => {
    write('boot/firmware/cmdline.txt', `${CMDLINE}\n`)
    const before = statSync(join(root, 'boot/firmware/cmdline.txt')).ino
    expect(start(server, 'firstrun.sh').status).toBe(0)
    expect(statSync(join(root, 'boot/firmware/cmdline.txt')).ino).toBe(before)
  })

  test('keeps what goes to init', () => {
    write('boot/firmware/cmdline.txt', `${CMDLINE}${OURS} -- 3\n`)
    expect(start(server, 'firstrun.sh').status).toBe(0)
    expect(read('boot/firmware/cmdline.txt')).toBe(`${CMDLINE} -- 3\n`)
  })

  test('ends with success even without a log', () => {
    rmSync(join(root, 'var/log'), { recursive: true })
    expect(start(server, 'firstrun.sh').status).toBe(0)
  })

  test('tries again at the next start where its user could not be made, and ends after the third', () => {
    program('useradd', 'exit 1')
    for (const tries of [1, 2]) {
      expect(start(server, 'firstrun.sh').status).toBe(0)
      expect(read('boot/firmware/cmdline.txt'), `try ${tries}`).toBe(`${CMDLINE}${OURS}\n`)
    }
    expect(read('var/log/bantam-firstrun.log')).toContain('ada could not be made')
    expect(start(server, 'firstrun.sh').status).toBe(0)
    expect(read('boot/firmware/cmdline.txt')).toBe(`${CMDLINE}\n`)
  })

  test('removes its kernel tokens only at the end, so that it can run again after a power cut', () => {
    program('systemctl', `[ "$2" != ssh ] || kill -9 $PPID`)
    expect(start(server, 'firstrun.sh').status).not.toBe(0)
    expect(read('boot/firmware/cmdline.txt')).toBe(`${CMDLINE}${OURS}\n`)
    program('systemctl', ':')
    expect(start(server, 'firstrun.sh').status).toBe(0)
    expect(read('boot/firmware/cmdline.txt')).toBe(`${CMDLINE}\n`)
    expect(calls().filter((call) => call.startsWith('useradd'))).toHaveLength(1)
    expect(read('etc/hosts').match(/127\.0\.1\.1/g)).toHaveLength(1)
    expect(read('home/ada/.ssh/authorized_keys').split('\n')).toHaveLength(3)
  })

  test('ends with success even if a step fails, because systemd would power the node off otherwise', () => {
    write('user-exists', '')
    for (const name of ['usermod', 'systemctl', 'hostname']) program(name, 'exit 1')
    expect(start(server, 'firstrun.sh').status).toBe(0)
    expect(read('boot/firmware/cmdline.txt')).toBe(`${CMDLINE}\n`)
  })

  testWith('dash', 'busybox')('is left alone by the initramfs of Raspberry Pi OS, and would outlive its repair', () => {
    // raspberrypi-sys-mods, initramfs-tools/scripts/local-bottom/imager_fixup: it looks for the token of Raspberry Pi Imager…
    for (const plan of [server, camera]) {
      expect(render(plan).seeds.firstrun.cmdlineTokens.join(' ')).not.toMatch(/systemd\.run=\/boot\/firstrun\.sh/)
      const text = textOf(render(plan), 'firstrun.sh')
      write('firstrun.sh', text)
      // …and then takes Imager's last lines away and appends its own.
      run('sed', ['-n', '-i', '/rm.*firstrun\\.sh$/q;p', join(root, 'firstrun.sh')])
      expect(read('firstrun.sh')).toBe(text)
      write(
        'firstrun.sh',
        `${text}rm -f /boot/firmware/firstrun.sh\nsed -i 's| systemd\\.[^ ]*||g' /boot/firmware/cmdline.txt\nexit 0\n`,
      )
      expect(run('dash', ['-n', join(root, 'firstrun.sh')])).toEqual({ status: 0, output: '' })
      expect(run('busybox', ['sh', '-n', join(root, 'firstrun.sh')])).toEqual({ status: 0, output: '' })
    }
  })

  test('replaces other host keys by the node\u2019s, and keeps them if the image has none', () => {
    for (const name of ['rsa', 'ed25519']) write(`etc/ssh/ssh_host_${name}_key`, 'made here\n')
    expect(start(server, 'firstrun.sh').status).toBe(0)
    expect(read('etc/ssh/ssh_host_ed25519_key')).toBe('made here\n')
    expect(read('etc/ssh/ssh_host_rsa_key')).toBe('made here\n')
    write('usr/lib/bantam/ssh_host_ed25519_key', 'ours\n')
    write('usr/lib/bantam/ssh_host_ed25519_key.pub', 'our public key\n')
    program(
      'install',
      `for last; do from=$to; to=$last; done; [ "$1" = -d ] || { cp "$from" "$to"; echo "$2 $from" >>${root}/modes; }`,
    )
    expect(start(server, 'firstrun.sh').status).toBe(0)
    expect(read('etc/ssh/ssh_host_ed25519_key.pub')).toBe('our public key\n')
    expect(read('modes').replaceAll(`${root}/usr/lib/bantam/`, '')).toBe(
      '0600 ssh_host_ed25519_key\n0644 ssh_host_ed25519_key.pub\n',
    )
    expect(read('etc/ssh/ssh_host_ed25519_key')).toBe('ours\n')
    expect(existsSync(join(root, 'etc/ssh/ssh_host_rsa_key'))).toBe(false)
  })

  test('lets the radio work on a node with Wi-Fi', () => {
    write('var/lib/systemd/rfkill/platform-fe300000.mmcnr:wlan', '1\n')
    expect(start(camera, 'firstrun.sh').status).toBe(0)
    expect(read('var/lib/systemd/rfkill/platform-fe300000.mmcnr:wlan')).toBe('0\n')
    expect(calls()).toContain('rfkill unblock wifi')
  })

  test('needs neither a state of the radio nor rfkill', () => {
    rmSync(join(root, 'bin/rfkill'))
    expect(start(camera, 'firstrun.sh').status).toBe(0)
    expect(readdirSync(join(root, 'var/lib/systemd/rfkill'))).toEqual([])
    expect(read('var/log/bantam-firstrun.log')).not.toContain('not found')
  })
})

describe('provision', () => {
  beforeEach(() => {
    write('usr/lib/bantam/first-boot', `#!/bin/sh\necho "first-boot $*" >>${root}/calls\n`)
    chmodSync(join(root, 'usr/lib/bantam/first-boot'), 0o755)
    write('etc/bantam/admin-password', 'ada:hash\n')
    program('systemctl', `echo "systemctl $*" >>${root}/calls; [ "$1" != is-enabled ]`)
  })

  test('waits for the time, installs packages and runs each command, past one that fails', () => {
    const plan = { ...server, files: [], commands: ['false', 'exit 3', 'apt-get hello "a b"'] }
    expect(start(plan, 'usr/lib/bantam/provision').status).toBe(0)
    expect(calls()).toEqual([
      'first-boot clock',
      'dpkg --force-confdef --force-confold --configure --pending',
      'apt-get update',
      'apt-get install --yes -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold nfs-common htop',
      'chpasswd -e',
      'systemctl is-enabled --quiet ssh',
      'systemctl enable --now ssh',
      'usermod --append --groups adm,dialout,plugdev,sudo,users,video ada',
      'apt-get hello a b',
    ])
    expect(read('var/log/bantam-provision.log').match(/failed with exit code/g)).toHaveLength(2)
    expect(existsSync(join(root, 'var/lib/bantam/provision.done'))).toBe(true)
  })

  test('tries packages five times and continues without them', () => {
    program('apt-get', `echo "apt-get $1 ($DEBIAN_FRONTEND)" >>${root}/calls; exit 100`)
    expect(start({ ...server, files: [], commands: [] }, 'usr/lib/bantam/provision').status).toBe(0)
    expect(calls().filter((call) => /^(apt-get|sleep)/.test(call))).toEqual(
      Array.from({ length: 5 }, () => ['apt-get update (noninteractive)', 'sleep 60']).flat(),
    )
    expect(calls()).toContain('systemctl enable --now ssh')
    const lines = read('var/log/bantam-provision.log').trimEnd().split('\n')
    expect(lines.every((line) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ /.test(line))).toBe(true)
    expect(lines.map((line) => line.slice(line.indexOf(' ') + 1))).toEqual([
      ...[1, 2, 3, 4, 5].flatMap((count) => [`packages: try ${count}`, 'packages: not installed']),
      'done',
    ])
  })

  test('has its note of the end on the card', () => {
    program('sync', `test -e ${root}/var/lib/bantam/provision.done && echo 'sync after the note' >>${root}/calls`)
    expect(start({ ...server, files: [], packages: [], commands: [] }, 'usr/lib/bantam/provision').status).toBe(0)
    expect(calls().at(-1)).toBe('sync after the note')
  })
})

/** Runs a rendered script with the folders of a real machine replaced by ours. */
function start(plan: NodePlan, path: string, place = 'boot/firmware/firstrun.sh'): Verdict {
  const script = textOf(render(plan), path).replaceAll(/(?<![\w/.])\/(etc|var|boot|usr|home)(?=[/;])/g, `${root}/$1`)
  write(place, script)
  return run('dash', [join(root, place)], {
    env: { PATH: `${join(root, 'bin')}:${process.env.PATH ?? ''}`, DEBIAN_FRONTEND: '' },
  })
}

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

function program(name: string, script: string): void {
  write(`bin/${name}`, `#!/bin/sh\n${script}\n`)
  chmodSync(join(root, 'bin', name), 0o755)
}

function calls(): string[] {
  return existsSync(join(root, 'calls'))
    ? read('calls')
        .split('\n')
        .filter((line) => line !== '')
    : []
}
