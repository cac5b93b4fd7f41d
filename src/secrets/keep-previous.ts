import { formatTime } from '../text/format-time.ts'
import { entryOf, type PreviousSecret, type PreviousValue, type SecretsFile } from './secrets-file.ts'

/** When and why a secret was replaced. */
export interface Replacement {
  readonly now: Date
  readonly reason: string
}

/**
 * Adds to `after` each value that `before` has and `after` has not. It compares the two, so no way to replace a secret
 * can forget the old value. A value that was only made for this change is not in `before`, the file on the disk: no
 * node knows it.
 */
export function keepPrevious(before: SecretsFile, after: SecretsFile, { now, reason }: Replacement): SecretsFile {
  const replaced = formatTime(now)
  const values = listReplaced(before, after, now)
  if (values.length === 0) return after
  const added = values.map((value): PreviousSecret => ({ replaced, reason, ...value }))
  return { ...after, previous: [...(before.previous ?? []), ...added] }
}

function listReplaced(before: SecretsFile, after: SecretsFile, now: Date): readonly PreviousValue[] {
  const { serverToken, agentToken, adminKeyPair, adminGeneration, adminCertificate } = before
  const values: PreviousValue[] = []
  if (serverToken !== after.serverToken) values.push({ secret: 'server-token', token: serverToken })
  if (agentToken !== after.agentToken) values.push({ secret: 'agent-token', token: agentToken })
  if (adminKeyPair !== undefined && adminKeyPair.privateKey !== after.adminKeyPair?.privateKey)
    values.push({ secret: 'admin-key', keyPair: adminKeyPair })
  // A certificate that was only renewed gives no right that the new one lacks.
  if (adminGeneration !== after.adminGeneration)
    values.push({ secret: 'admin-certificate', generation: adminGeneration, client: adminCertificate })
  return [...values, ...listReplacedOfNodes(before, after, now)]
}

function listReplacedOfNodes(before: SecretsFile, after: SecretsFile, now: Date): readonly PreviousValue[] {
  return Object.entries(before.nodes).flatMap(([node, { hostKey, joinTokens = [] }]) => {
    const left = entryOf(after.nodes, node)
    const ids = left?.joinTokens?.map(({ id }) => id) ?? []
    // Nobody can join with a token that has expired.
    const tokens = joinTokens.filter(({ id, expires }) => !ids.includes(id) && new Date(expires) > now)
    return [
      ...(hostKey.privateKey === left?.hostKey.privateKey
        ? []
        : [{ secret: 'host-keys', node, keyPair: hostKey } as const]),
      ...tokens.map((joinToken) => ({ secret: 'join-tokens', node, joinToken }) as const),
    ]
  })
}
