import type { Board } from './boards.ts'
import type { Placed } from './places.ts'
import type { Secret } from './secret.ts'

/** The node's role in k3s; `none` is a node without k3s. */
export type Role = 'server' | 'agent' | 'none'

export type Datastore =
  | { readonly kind: 'sqlite' }
  | { readonly kind: 'etcd' }
  /** The endpoint may hold a password, as in `postgres://user:password@host:5432/k3s`. */
  | { readonly kind: 'external'; readonly endpoint: Secret }

export interface Wifi {
  readonly ssid: string
  /** Null for an open network. */
  readonly password: Secret | null
  /** ISO 3166-1 alpha-2 country of the radio rules, such as `GB`. */
  readonly country: string
  readonly hidden: boolean
}

/** How one node reaches its network. */
export interface NodeNetwork {
  /** Name of the interface. Default: `eth0`, or `wlan0` with Wi-Fi. */
  readonly interfaceName: string
  /** Static address with prefix length (`192.168.1.10/24`); null for DHCP. */
  readonly address: string | null
  readonly gateway: string | null
  readonly dns: readonly string[]
  readonly searchDomains: readonly string[]
  readonly ntp: readonly string[]
  /** How long the first boot waits for a time server. */
  readonly clockWaitSeconds: number
  /** Lower case, colon-separated; null where the node is not matched by MAC. */
  readonly mac: string | null
  readonly wifi: Wifi | null
}

/** A user's template, filled in for each node. */
export interface TemplateText {
  /** Path of its file, for messages. */
  readonly file: string
  readonly text: string
}

/** A file that the user adds to a node's root file system. */
export interface ExtraFile {
  /** Absolute path on the node, without `..`. */
  readonly path: string
  readonly content: Uint8Array | TemplateText
  readonly mode: number
  /** `user` or `user:group`, resolved on the node. */
  readonly owner: string
}

export interface Taint {
  readonly key: string
  readonly value: string
  readonly effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute'
}

/** One node, with all settings from its entry, its profile, the profile's parents and the cluster. */
export interface ClusterNode extends Placed {
  readonly name: string
  readonly profile: string
  /** The profile and its parents, nearest first. Templates may be replaced for each of them. */
  readonly profileChain: readonly string[]
  readonly role: Role
  readonly board: Board
  /** References to base images, best first: catalog ids, files, URLs. */
  readonly os: readonly string[]
  readonly timezone: string
  readonly network: NodeNetwork
  readonly packages: readonly string[]
  readonly files: readonly ExtraFile[]
  /** Shell commands, run once as root at the end of first boot, in this order. */
  readonly commands: readonly string[]
  readonly labels: Readonly<Record<string, string>>
  readonly taints: readonly Taint[]
  /** Tokens added to the kernel command line. */
  readonly cmdline: readonly string[]
  /** Lines of bantam's block in config.txt. */
  readonly configTxt: readonly string[]
}

export interface K3sSettings {
  /** Such as `v1.36.4+k3s1`. */
  readonly version: string
  readonly install: 'online' | 'offline'
  readonly datastore: Datastore
  /** Token lifetime of each agent; null: all agents share one token that does not expire. */
  readonly joinTokenSeconds: number | null
  /** Folder of the release files of all versions; `<releaseUrl>/<version>/k3s-arm64` is fetched. No trailing slash. */
  readonly releaseUrl: string
  /** Pinned SHA-256 by asset name (`k3s-arm64`). For other assets, the release's checksum file is used. */
  readonly sha256: Readonly<Record<string, string>>
  /** Host name or address under which all nodes reach the servers (load balancer, VIP); null: the initial server. */
  readonly endpoint: string | null
  readonly tlsSans: readonly string[]
  readonly disable: readonly string[]
  /** Further keys of /etc/rancher/k3s/config.yaml of every server, and of every agent. */
  readonly serverConfig: Readonly<Record<string, unknown>>
  readonly agentConfig: Readonly<Record<string, unknown>>
}

export interface Admin {
  readonly user: string
  /** OpenSSH public keys, one line each; empty where the pair in the secrets file is used. */
  readonly sshKeys: readonly string[]
  /** Files of the private keys that are beside the public ones: paths for ssh. */
  readonly identityFiles: readonly string[]
  /** For the console; null: no password at all. */
  readonly password: AdminPassword | null
}

/** A password as in the cluster file: plain text, or a hash of crypt(3). */
export interface AdminPassword {
  readonly form: 'clear' | 'hash'
  readonly text: Secret
}

/** A complete, valid cluster.yaml: all defaults are filled in, and all checks have passed. */
export interface Cluster extends Placed {
  readonly name: string
  readonly admin: Admin
  readonly k3s: K3sSettings
  readonly nodes: readonly ClusterNode[]
  /** Names of all profiles, used or not. */
  readonly profileNames: readonly string[]
}
