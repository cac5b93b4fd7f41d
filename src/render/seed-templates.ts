import { BuildError } from '../errors.ts'
import type { NodePlan } from '../model/node-plan.ts'
import type { RenderedFile, SeedBackend } from '../model/rendered-node.ts'
import { checkMapping, checkMetaData, checkNetworkConfig, checkUserData, type SeedOrigin } from './check-seed.ts'
import { UNITS } from './enabled-unit.ts'
import type { TemplateValues } from './template-values.ts'

/** The images that get a file: all, those without secrets, or those of one seed backend. */
export type SeedGroup = 'common' | 'detached' | SeedBackend

/** A template in `seeds/` and the file that is made from it. Templates whose names end in `.hbs` hold values; the others are copied unchanged. */
interface SeedRow {
  readonly name: string
  readonly group: SeedGroup
  readonly volume: RenderedFile['volume']
  /** Path from the root of the partition, without a leading slash. */
  readonly path: string | ((plan: NodePlan) => string)
  readonly mode: number
  /** Says whether a node gets the file; absent: every node gets it. */
  readonly when?: (plan: NodePlan) => boolean
  /** The target that starts this unit at boot. */
  readonly wantedBy?: string
  /** Throws `SEED_INVALID` for a text that the program that reads it would refuse. */
  readonly check?: (text: string, origin: SeedOrigin, values: TemplateValues) => unknown
}

export type TemplateName = (typeof rows)[number]['name']
export type SeedTemplate = SeedRow & { readonly name: TemplateName }

const LIBRARY = 'usr/lib/bantam'
/** cloud-init reads all files in this folder, sorted by name; the last one wins. */
const CLOUD_CONFIG = 'etc/cloud/cloud.cfg.d'

const runsK3s = ({ k3s }: NodePlan): boolean => k3s !== null
const hasTimeServers = ({ network }: NodePlan): boolean => network.ntp.length > 0
const hasWifi = ({ network }: NodePlan): boolean => network.wifi !== null
const hasWifiKey = ({ network }: NodePlan): boolean => network.wifi !== null && network.wifi.password !== null
const findsNodesByName = ({ multicastDns }: NodePlan): boolean => multicastDns
const waitsForClock = ({ packages, commands }: NodePlan): boolean => packages.length > 0 || commands.length > 0

// Files are written in this order: a different order gives different images.
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
    // systemd sets the clock to the time of this file, or later. systemd-timesyncd.service(8), "Files".
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
    // An addition to the file that netplan makes from network-config. It repeats that file's name.
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
    // cloud-init reads the network from here before it reads the boot partition, which must hold no key:
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
    // Commands may hold secrets, so only root may read the file.
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

/** Every shipped template. Rendering, the check of replaced templates and docs/seeds.md use this list. */
export const seedTemplates: readonly SeedTemplate[] = rows

/** Says whether a file name is the name of a template. */
export function isTemplateName(name: string): name is TemplateName {
  return seedTemplates.some((row) => row.name === name)
}

/** Returns a node's templates of one group. */
export function templatesFor(group: SeedGroup, plan: NodePlan): readonly SeedTemplate[] {
  return seedTemplates.filter((row) => row.group === group && (row.when === undefined || row.when(plan)))
}

/** Returns the path of a template's file on a node. */
export function pathOn(plan: NodePlan, { path }: SeedTemplate): string {
  return typeof path === 'string' ? path : path(plan)
}

function k3sUnit({ k3s }: NodePlan): string {
  if (k3s === null) throw new BuildError('BUG', { state: 'no k3s, and a unit for it' })
  return k3s.unit
}
