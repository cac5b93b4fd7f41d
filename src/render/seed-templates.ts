import { BuildError } from '../errors.ts'
import type { NodePlan } from '../model/node-plan.ts'
import type { RenderedFile, SeedBackend } from '../model/rendered-node.ts'
import { checkMapping, checkMetaData, checkNetworkConfig, checkUserData, type SeedOrigin } from './check-seed.ts'
import { UNITS } from './enabled-unit.ts'
import type { TemplateValues } from './template-values.ts'

/** Which images get a file: all, those without secrets, or those that one seed backend sets up. */
export type SeedGroup = 'common' | 'detached' | SeedBackend

/** A template in `seeds/` and the file that it becomes. Names that end in `.hbs` hold values; the others are copied as they are. */
interface SeedRow {
  readonly name: string
  readonly group: SeedGroup
  readonly volume: RenderedFile['volume']
  /** From the volume's root, without a leading slash. */
  readonly path: string | ((plan: NodePlan) => string)
  readonly mode: number
  /** Says which nodes get the file; absent: every node. */
  readonly when?: (plan: NodePlan) => boolean
  /** The target that starts this unit at boot. */
  readonly wantedBy?: string
  /** Throws `SEED_INVALID` for a text that its reader would refuse. */
  readonly check?: (text: string, origin: SeedOrigin, values: TemplateValues) => unknown
}

export type TemplateName = (typeof rows)[number]['name']
export type SeedTemplate = SeedRow & { readonly name: TemplateName }

const LIBRARY = 'usr/lib/bantam'
/** cloud-init reads all files of this folder; the last by name wins. */
const CLOUD_CONFIG = 'etc/cloud/cloud.cfg.d'

const runsK3s = ({ k3s }: NodePlan): boolean => k3s !== null
const hasTimeServers = ({ network }: NodePlan): boolean => network.ntp.length > 0
const hasWifi = ({ network }: NodePlan): boolean => network.wifi !== null
const hasWifiKey = ({ network }: NodePlan): boolean => network.wifi !== null && network.wifi.password !== null
const findsNodesByName = ({ multicastDns }: NodePlan): boolean => multicastDns
const waitsForClock = ({ packages, commands }: NodePlan): boolean => packages.length > 0 || commands.length > 0

// In the order in which the files are written: another order gives other images.
const rows = [
  {
    name: 'first-boot.sh',
    group: 'common',
    volume: 'root',
    path: `${LIBRARY}/first-boot`,
    mode: 0o755,
  },
  {
    name: 'report.sh',
    group: 'common',
    volume: 'root',
    path: `${LIBRARY}/report.sh`,
    mode: 0o644,
  },
  {
    name: 'rejoin.sh',
    group: 'common',
    volume: 'root',
    path: `${LIBRARY}/rejoin.sh`,
    mode: 0o644,
  },
  {
    name: 'first-boot.env.hbs',
    group: 'common',
    volume: 'root',
    path: 'etc/bantam/first-boot.env',
    mode: 0o644,
  },
  {
    name: 'keep-host-keys.conf',
    group: 'common',
    volume: 'root',
    path: `${UNITS}/regenerate_ssh_host_keys.service.d/50-bantam.conf`,
    mode: 0o644,
  },
  {
    name: 'bantam-first-boot.service',
    group: 'common',
    volume: 'root',
    path: `${UNITS}/bantam-first-boot.service`,
    mode: 0o644,
    wantedBy: 'multi-user.target',
  },
  {
    name: 'cloud-final.conf',
    group: 'common',
    volume: 'root',
    path: `${UNITS}/cloud-final.service.d/50-bantam.conf`,
    mode: 0o644,
    when: waitsForClock,
  },
  {
    name: 'k3s-config.yaml.hbs',
    group: 'common',
    volume: 'root',
    path: 'etc/rancher/k3s/config.yaml',
    mode: 0o600,
    when: runsK3s,
    check: checkMapping,
  },
  {
    name: 'k3s.service.hbs',
    group: 'common',
    volume: 'root',
    path: (plan) => `${UNITS}/${k3sUnit(plan)}.service`,
    mode: 0o644,
    when: runsK3s,
  },
  {
    name: 'k3s.service.env.hbs',
    group: 'common',
    volume: 'root',
    path: (plan) => `${UNITS}/${k3sUnit(plan)}.service.env`,
    mode: 0o600,
    when: runsK3s,
  },
  {
    // systemd starts the clock no earlier than the time of this file. systemd-timesyncd.service(8), "Files".
    name: 'clock-epoch',
    group: 'common',
    volume: 'root',
    path: 'usr/lib/clock-epoch',
    mode: 0o644,
  },
  {
    name: 'timesyncd.conf.hbs',
    group: 'common',
    volume: 'root',
    path: 'etc/systemd/timesyncd.conf.d/50-bantam.conf',
    mode: 0o644,
    when: hasTimeServers,
  },
  {
    name: 'chrony.sources.hbs',
    group: 'common',
    volume: 'root',
    path: 'etc/chrony/sources.d/bantam.sources',
    mode: 0o644,
    when: hasTimeServers,
  },
  {
    name: 'networkmanager.state',
    group: 'common',
    volume: 'root',
    path: 'var/lib/NetworkManager/NetworkManager.state',
    mode: 0o644,
    when: hasWifi,
  },
  {
    name: 'resolved-mdns.conf',
    group: 'common',
    volume: 'root',
    path: 'etc/systemd/resolved.conf.d/50-bantam.conf',
    mode: 0o644,
    when: findsNodesByName,
  },
  {
    name: 'networkd-mdns.conf',
    group: 'common',
    volume: 'root',
    // Beside the file that netplan makes of network-config, whose name it repeats.
    path: ({ network }) => `etc/systemd/network/10-netplan-${network.interfaceName}.network.d/50-bantam.conf`,
    mode: 0o644,
    when: findsNodesByName,
  },
  {
    name: 'import-secrets.sh',
    group: 'detached',
    volume: 'root',
    path: `${LIBRARY}/import-secrets`,
    mode: 0o755,
  },
  {
    name: 'bantam-import-secrets.service',
    group: 'detached',
    volume: 'root',
    path: `${UNITS}/bantam-import-secrets.service`,
    mode: 0o644,
    wantedBy: 'sysinit.target',
  },
  {
    name: 'user-data.hbs',
    group: 'nocloud',
    volume: 'boot',
    path: 'user-data',
    mode: 0o644,
    check: checkUserData,
  },
  {
    name: 'meta-data.hbs',
    group: 'nocloud',
    volume: 'boot',
    path: 'meta-data',
    mode: 0o644,
    check: (text, origin, { instanceId }) => {
      checkMetaData(text, origin, instanceId)
    },
  },
  {
    name: 'network-config.hbs',
    group: 'nocloud',
    volume: 'boot',
    path: 'network-config',
    mode: 0o644,
    check: checkNetworkConfig,
  },
  {
    name: 'cloud.cfg',
    group: 'nocloud',
    volume: 'root',
    path: `${CLOUD_CONFIG}/99_zz_bantam.cfg`,
    mode: 0o644,
    check: checkMapping,
  },
  {
    // cloud-init takes the network from here before it looks at the boot volume, where no key may be:
    // https://docs.cloud-init.io/en/latest/reference/network-config.html#network-configuration-sources
    name: 'network.cfg.hbs',
    group: 'nocloud',
    volume: 'root',
    path: `${CLOUD_CONFIG}/99_zz_bantam_network.cfg`,
    mode: 0o600,
    when: hasWifiKey,
    check: checkNetworkConfig,
  },
  {
    name: 'restart-cloud-init.sh',
    group: 'nocloud',
    volume: 'root',
    path: `${LIBRARY}/restart-cloud-init`,
    mode: 0o755,
  },
  {
    name: 'bantam-cloud-init-restart.service',
    group: 'nocloud',
    volume: 'root',
    path: `${UNITS}/bantam-cloud-init-restart.service`,
    mode: 0o644,
    wantedBy: 'cloud-init.target',
  },
  {
    name: 'bantam-cloud-init-settled.service',
    group: 'nocloud',
    volume: 'root',
    path: `${UNITS}/bantam-cloud-init-settled.service`,
    mode: 0o644,
    wantedBy: 'cloud-init.target',
  },
  {
    name: 'firstrun.sh.hbs',
    group: 'firstrun',
    volume: 'boot',
    path: 'firstrun.sh',
    mode: 0o755,
  },
  {
    name: 'networkmanager.nmconnection.hbs',
    group: 'firstrun',
    volume: 'root',
    path: 'etc/NetworkManager/system-connections/bantam.nmconnection',
    mode: 0o600,
  },
  {
    // Commands may hold what only root should read.
    name: 'provision.sh.hbs',
    group: 'firstrun',
    volume: 'root',
    path: `${LIBRARY}/provision`,
    mode: 0o700,
  },
  {
    name: 'bantam-provision.service',
    group: 'firstrun',
    volume: 'root',
    path: `${UNITS}/bantam-provision.service`,
    mode: 0o644,
  },
] as const satisfies readonly SeedRow[]

/** Every template that bantam ships: what is rendered, what may be replaced and what docs/seeds.md lists follow from it. */
export const seedTemplates: readonly SeedTemplate[] = rows

/** Says whether a file name is that of a template. */
export function isTemplateName(name: string): name is TemplateName {
  return seedTemplates.some((row) => row.name === name)
}

/** Gives the templates of a group that a node gets. */
export function templatesFor(group: SeedGroup, plan: NodePlan): readonly SeedTemplate[] {
  return seedTemplates.filter((row) => row.group === group && (row.when === undefined || row.when(plan)))
}

/** Gives the path of a template's file on a node. */
export function pathOn(plan: NodePlan, { path }: SeedTemplate): string {
  return typeof path === 'string' ? path : path(plan)
}

function k3sUnit({ k3s }: NodePlan): string {
  if (k3s === null) throw new BuildError('BUG', { state: 'no k3s, and a unit for it' })
  return k3s.unit
}
