import type { ClusterNode, Wifi } from '../../model/cluster.ts'

/** The network settings of one layer (cluster, profile or node). A key that the layer does not set is absent; null removes an inherited value. */
export interface NetworkSettings {
  readonly interfaceName?: string
  readonly gateway?: string | null
  readonly dns?: readonly string[]
  readonly searchDomains?: readonly string[]
  readonly ntp?: readonly string[]
  readonly clockWaitSeconds?: number
  readonly wifi?: Wifi | null
}

/** The lists of a node to which every layer adds. */
type MergedSettings = Pick<
  ClusterNode,
  'packages' | 'files' | 'commands' | 'labels' | 'taints' | 'cmdline' | 'configTxt'
>

/** The settings of one layer, read and checked without the other layers. */
export interface Settings extends MergedSettings, Partial<Pick<ClusterNode, 'os' | 'timezone'>> {
  readonly network: NetworkSettings
}

/** A layer without settings. */
export const noSettings: Settings = {
  network: {},
  packages: [],
  files: [],
  commands: [],
  labels: {},
  taints: [],
  cmdline: [],
  configTxt: [],
}
