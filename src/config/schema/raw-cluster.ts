import type { Board } from '../../model/boards.ts'
import type { Role } from '../../model/cluster.ts'

/**
 * Values of cluster.yaml and of profiles after the check against the schema: every value that is left has the right type. Wrong parts were
 * reported and removed, so any key may be missing. A wrong entry of a list leaves a hole, which `forEach` and `flatMap` skip. So the other
 * entries keep their indexes, and with them their places in the text.
 */
export interface RawSettings {
  readonly os?: string | readonly string[]
  readonly timezone?: string
  readonly network?: RawNetwork
  readonly packages?: readonly string[]
  readonly files?: readonly RawFile[]
  readonly commands?: readonly string[]
  readonly labels?: Readonly<Record<string, string>>
  readonly taints?: readonly string[]
  readonly cmdline?: readonly string[]
  readonly configTxt?: readonly string[]
}

export interface RawNetwork {
  readonly interface?: string
  readonly gateway?: string | null
  readonly dns?: readonly string[]
  readonly search?: readonly string[]
  readonly ntp?: readonly string[]
  readonly clockWaitSeconds?: number
  readonly wifi?: RawWifi | null
}

export interface RawWifi {
  readonly ssid?: string
  readonly password?: string
  readonly country?: string
  readonly hidden?: boolean
}

export interface RawFile {
  readonly path?: string
  readonly content?: string
  readonly source?: string
  readonly template?: string
  readonly mode?: string
  readonly owner?: string
}

export interface RawNode extends RawSettings {
  readonly name?: string
  readonly profile?: string
  readonly board?: Board
  readonly address?: string
  readonly mac?: string
}

export interface RawProfile extends RawSettings {
  readonly extends?: string
  readonly role?: Role
  readonly board?: Board
}

export interface RawAdmin {
  readonly user?: string
  readonly sshKeys?: readonly string[]
  readonly password?: string
  readonly passwordHash?: string
}

export interface RawK3s {
  readonly version?: string
  readonly install?: 'online' | 'offline'
  readonly datastore?: string
  readonly releaseUrl?: string
  readonly sha256?: Readonly<Record<string, string>>
  readonly endpoint?: string
  readonly tlsSans?: readonly string[]
  readonly disable?: readonly string[]
  readonly serverConfig?: Readonly<Record<string, unknown>>
  readonly agentConfig?: Readonly<Record<string, unknown>>
}

export interface RawCluster extends RawSettings {
  readonly name?: string
  readonly admin?: RawAdmin
  readonly k3s?: RawK3s
  readonly join?: { readonly tokenLifetime?: string }
  readonly nodes?: readonly RawNode[]
}
