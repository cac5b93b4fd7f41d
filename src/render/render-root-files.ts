import type { ClusterSecrets } from '../model/cluster-secrets.ts'
import type { NodePlan } from '../model/node-plan.ts'
import type { RenderedFile, RenderedLink } from '../model/rendered-node.ts'
import { reveal } from '../model/secret.ts'
import { checkMapping } from './check-seed.ts'
import { enabledUnit, UNITS } from './enabled-unit.ts'
import { plainFile, type RenderFile } from './file-renderer.ts'
import { belongsToRoot, PASSWORD_PATH, stageFiles } from './first-boot-commands.ts'
import type { PasswordHasher } from './hash-password.ts'
import type { RootTemplateValues, TemplateValues } from './template-values.ts'

const IMPORT_UNIT = 'bantam-import-secrets.service'

/** Links that every node needs: the first-boot unit is enabled, k3s itself only when its binary is there. */
export function rootLinks(secretsPlace: 'image' | 'detached'): readonly RenderedLink[] {
  return [
    enabledUnit('bantam-first-boot.service', 'multi-user.target'),
    ...(secretsPlace === 'detached' ? [enabledUnit(IMPORT_UNIT, 'sysinit.target')] : []),
  ]
}

/** Renders what takes a node's secrets from the boot partition, where its image lacks them. */
export function renderImport(values: TemplateValues, render: RenderFile): readonly RenderedFile[] {
  return [
    render('import-secrets.sh', values, { volume: 'root', path: 'usr/lib/bantam/import-secrets', mode: 0o755 }),
    render('bantam-import-secrets.service', values, { volume: 'root', path: `${UNITS}/${IMPORT_UNIT}` }),
  ]
}

/** Renders the hash of the administrator's password, where there is one: the password itself is on no card. */
export function renderPassword(
  { admin: { user, password } }: NodePlan,
  { passwordSalt }: ClusterSecrets,
  hashPassword: PasswordHasher,
): readonly RenderedFile[] {
  if (password === null) return []
  const hash = password.form === 'hash' ? reveal(password.text) : hashPassword(reveal(password.text), passwordSalt)
  return [plainFile('root', PASSWORD_PATH, new TextEncoder().encode(`${user}:${hash}\n`), 0o600)]
}

/** Renders the files of the ext4 root that every base image gets. */
export function renderRootFiles(
  plan: NodePlan,
  values: RootTemplateValues,
  render: RenderFile,
): readonly RenderedFile[] {
  return [
    ...renderFirstBoot(plan, values, render),
    ...renderK3s(plan, values, render),
    ...renderTime(plan, values, render),
    ...renderNetwork(plan, values, render),
    ...userFiles(plan),
  ]
}

function renderFirstBoot(plan: NodePlan, values: RootTemplateValues, render: RenderFile): readonly RenderedFile[] {
  const waitsForClock = plan.packages.length > 0 || plan.commands.length > 0
  return [
    render('first-boot.sh', values, { volume: 'root', path: 'usr/lib/bantam/first-boot', mode: 0o755 }),
    render('report.sh', values, { volume: 'root', path: 'usr/lib/bantam/report.sh' }),
    render('rejoin.sh', values, { volume: 'root', path: 'usr/lib/bantam/rejoin.sh' }),
    render('first-boot.env.hbs', values, { volume: 'root', path: 'etc/bantam/first-boot.env' }),
    render('keep-host-keys.conf', values, {
      volume: 'root',
      path: `${UNITS}/regenerate_ssh_host_keys.service.d/50-bantam.conf`,
    }),
    render('bantam-first-boot.service', values, { volume: 'root', path: `${UNITS}/bantam-first-boot.service` }),
    ...(waitsForClock
      ? [render('cloud-final.conf', values, { volume: 'root', path: `${UNITS}/cloud-final.service.d/50-bantam.conf` })]
      : []),
  ]
}

function renderK3s(plan: NodePlan, values: RootTemplateValues, render: RenderFile): readonly RenderedFile[] {
  if (plan.k3s === null) return []
  const { unit } = plan.k3s
  return [
    render('k3s-config.yaml.hbs', values, {
      volume: 'root',
      path: 'etc/rancher/k3s/config.yaml',
      mode: 0o600,
      check: checkMapping,
    }),
    render('k3s.service.hbs', values, { volume: 'root', path: `${UNITS}/${unit}.service` }),
    render('k3s.service.env.hbs', values, { volume: 'root', path: `${UNITS}/${unit}.service.env`, mode: 0o600 }),
  ]
}

function renderTime(plan: NodePlan, values: RootTemplateValues, render: RenderFile): readonly RenderedFile[] {
  // systemd starts the clock no earlier than the time of this file. systemd-timesyncd.service(8), "Files".
  const floor = plainFile('root', 'usr/lib/clock-epoch', new Uint8Array(), 0o644)
  if (plan.network.ntp.length === 0) return [floor]
  return [
    floor,
    render('timesyncd.conf.hbs', values, { volume: 'root', path: 'etc/systemd/timesyncd.conf.d/50-bantam.conf' }),
    render('chrony.sources.hbs', values, { volume: 'root', path: 'etc/chrony/sources.d/bantam.sources' }),
  ]
}

function renderNetwork(plan: NodePlan, values: RootTemplateValues, render: RenderFile): readonly RenderedFile[] {
  const { wifi, interfaceName } = plan.network
  const files: RenderedFile[] = []
  if (wifi !== null) {
    files.push(
      render('networkmanager.state', values, { volume: 'root', path: 'var/lib/NetworkManager/NetworkManager.state' }),
    )
  }
  if (plan.multicastDns) {
    // Named after the file that netplan makes of network-config.
    const networkdPath = `etc/systemd/network/10-netplan-${interfaceName}.network.d/50-bantam.conf`
    files.push(
      render('resolved-mdns.conf', values, { volume: 'root', path: 'etc/systemd/resolved.conf.d/50-bantam.conf' }),
    )
    files.push(render('networkd-mdns.conf', values, { volume: 'root', path: networkdPath }))
  }
  return files
}

function userFiles(plan: NodePlan): readonly RenderedFile[] {
  return [
    ...plan.files.filter(belongsToRoot).map((file) => plainFile('root', file.path.slice(1), file.content, file.mode)),
    ...stageFiles(plan.files).map(({ path, file }) => plainFile('root', path, file.content, 0o600)),
  ]
}
