/** A flag of `k3s server` or `k3s agent`, which is also a key of /etc/rancher/k3s/config.yaml. */
export interface K3sFlag {
  readonly name: string
  readonly type: 'text' | 'integer' | 'boolean' | 'list' | 'duration'
  /** The commands that have the flag. */
  readonly of: 'both' | 'server' | 'agent'
  /** k3s accepts it, but its help does not show it. */
  readonly isHidden?: true
}

/** The flags of one minor version. */
export interface K3sFlagTable {
  /** Such as `v1.36`. */
  readonly version: string
  /** Sorted by name. */
  readonly flags: readonly K3sFlag[]
}
