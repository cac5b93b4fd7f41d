import type { ExtraFile, Taint, Wifi } from '../../model/cluster.ts'

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

/** The settings of one layer, read and checked without the other layers. */
export interface Settings {
  readonly os?: readonly string[]
  readonly timezone?: string
  readonly network: NetworkSettings
  readonly packages: readonly string[]
  readonly files: readonly ExtraFile[]
  readonly commands: readonly string[]
  readonly labels: Readonly<Record<string, string>>
  readonly taints: readonly Taint[]
  readonly cmdline: readonly string[]
  readonly configTxt: readonly string[]
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
