import type { Admin, AdminPassword } from '../../model/cluster.ts'
import { type Checked, problem } from '../../yaml-source/describe-problem.ts'
import { at, type Located, located } from '../../yaml-source/place.ts'
import type { UserValues } from '../references/user-values.ts'
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
export async function loadAdmin(
  admin: Located<RawAdmin>,
  { homeFolder, values }: { readonly homeFolder: string; readonly values: UserValues },
): Promise<Checked<Admin>> {
  const { user = DEFAULT_USER, sshKeys } = admin.value
  const keys = await loadSshKeys(located(sshKeys, admin, 'sshKeys'), homeFolder)
  const userProblems = systemNames.has(user) ? [problem('ADMIN_USER_RESERVED', { user }, at(admin, 'user'))] : []
  const password = await readPassword(admin, values)
  const passwordProblems =
    admin.value.password !== undefined && admin.value.passwordHash !== undefined
      ? [problem('ADMIN_PASSWORD_TWICE', undefined, at(admin, 'password'))]
      : []
  return {
    value: {
      user,
      sshKeys: keys.value.keys,
      identityFiles: keys.value.identityFiles,
      password: password.value,
    },
    problems: [...userProblems, ...keys.problems, ...password.problems, ...passwordProblems],
  }
}

async function readPassword(admin: Located<RawAdmin>, values: UserValues): Promise<Checked<AdminPassword | null>> {
  const { password, passwordHash } = admin.value
  if (passwordHash !== undefined) {
    const hash = await values.read('adminPasswordHash', passwordHash, at(admin, 'passwordHash'))
    return { ...hash, value: { form: 'hash', text: hash.value } }
  }
  if (password === undefined) return { value: null, problems: [] }
  const clear = await values.read('adminPassword', password, at(admin, 'password'))
  return { ...clear, value: { form: 'clear', text: clear.value } }
}
