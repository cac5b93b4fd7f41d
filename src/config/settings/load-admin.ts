import type { Admin, AdminPassword } from '../../model/cluster.ts'
import { Secret } from '../../model/secret.ts'
import { type Checked, problem } from '../../yaml-source/describe-problem.ts'
import { at, type Located, located } from '../../yaml-source/place.ts'
import type { RawAdmin } from '../schema/raw-cluster.ts'
import { loadSshKeys } from './load-ssh-keys.ts'

const DEFAULT_USER = 'bantam'

/**
 * Users and groups of Debian, Raspberry Pi OS and Ubuntu images: `useradd` refuses these names. Raspberry Pi OS has a locked user `pi`
 * whose shell is nologin, and cloud-init does not change the shell of an existing user.
 */
const systemNames = new Set(
  `root daemon bin sys sync games man lp mail news uucp proxy www-data backup list irc gnats nobody nogroup _apt
  systemd-network systemd-resolve systemd-timesync systemd-journal systemd-coredump messagebus sshd avahi dnsmasq polkitd
  tss rtkit statd syslog landscape uuidd tcpdump pollinate rpi-first-boot-wizard adm tty disk dialout fax voice cdrom floppy tape
  sudo audio dip video plugdev staff users utmp shadow kmem src operator sasl crontab input sgx kvm render netdev gpio i2c spi _ssh ssh
  admin lxd pi`.split(/\s+/),
)

/** Reads the user that may log in. */
export async function loadAdmin(admin: Located<RawAdmin>, homeFolder: string): Promise<Checked<Admin>> {
  const { user = DEFAULT_USER, sshKeys } = admin.value
  const keys = await loadSshKeys(located(sshKeys, admin, 'sshKeys'), homeFolder)
  const userProblems = systemNames.has(user) ? [problem('ADMIN_USER_RESERVED', { user }, at(admin, 'user'))] : []
  const passwordProblems =
    admin.value.password !== undefined && admin.value.passwordHash !== undefined
      ? [problem('ADMIN_PASSWORD_TWICE', undefined, at(admin, 'password'))]
      : []
  return {
    value: {
      user,
      sshKeys: keys.value.keys,
      identityFiles: keys.value.identityFiles,
      password: toPassword(admin.value),
    },
    problems: [...userProblems, ...keys.problems, ...passwordProblems],
  }
}

function toPassword({ password, passwordHash }: RawAdmin): AdminPassword | null {
  if (passwordHash !== undefined) return { form: 'hash', text: new Secret(passwordHash) }
  return password === undefined ? null : { form: 'clear', text: new Secret(password) }
}
