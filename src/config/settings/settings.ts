import type { ExtraFile, Taint, Wifi } from '../../model/cluster.ts'

/** The network as one layer (cluster, profile or node) tells it: what it does not say is absent, null takes away. */
export interface NetworkSettings {
  readonly interfaceName?: string
  readonly gateway?: string | null
  readonly dns?: readonly string[]
  readonly searchDomains?: readonly string[]
  readonly ntp?: readonly string[]
  readonly clockWaitSeconds?: number
  readonly wifi?: Wifi | null
}

/** What one layer tells about its nodes, read and checked by itself. */
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

/** Says nothing. */
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
