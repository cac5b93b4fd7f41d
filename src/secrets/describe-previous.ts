import { unreachable } from '../errors.ts'
import { adminGroup } from '../pki/cluster-pki.ts'
import type { RotatableSecret } from './rotate-secrets.ts'
import type { PreviousSecret } from './secrets-file.ts'

/** A previous value of a secret, without the value. */
export interface PreviousDescription {
  readonly secret: RotatableSecret
  /** Null where all nodes share the secret. */
  readonly node: string | null
  /** Time at which it was replaced. */
  readonly replaced: string
  readonly reason: string
  /** What still works only with this value, and no longer works when it is forgotten. */
  readonly neededBy: string
}

/** Describes previous values, in the order in which they were replaced. `now` says which join tokens have expired. */
export function describePrevious(
  previous: readonly PreviousSecret[],
  clusterName: string,
  now: Date,
): readonly PreviousDescription[] {
  return previous.map((one) => ({
    secret: one.secret,
    node: 'node' in one ? one.node : null,
    replaced: one.replaced,
    reason: one.reason,
    neededBy: neededBy(one, clusterName, now),
  }))
}

function neededBy(one: PreviousSecret, clusterName: string, now: Date): string {
  switch (one.secret) {
    case 'server-token':
      return 'etcd snapshots made before that day; servers that have not got the newer token'
    case 'agent-token':
      return 'a running cluster that was initialized with it; cards of agents that have not joined'
    case 'admin-key':
      return 'SSH to nodes that have not got the newer key'
    case 'admin-certificate':
      return `a running cluster that still gives its rights to the group ${adminGroup(clusterName, one.generation)}`
    case 'host-keys':
      return 'SSH to this node until it has the newer key'
    case 'join-tokens':
      return new Date(one.joinToken.expires) > now
        ? `cards that have not joined; until ${one.joinToken.expires}, id ${one.joinToken.id}`
        : `nothing: it expired on ${one.joinToken.expires}`
    default:
      throw unreachable(one)
  }
}
