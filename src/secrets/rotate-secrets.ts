import { unreachable } from '../errors.ts'
import { makeKeyPair } from '../pki/make-key-pair.ts'
import { issueAdminCertificates, makeToken, type SecretSources } from './complete-secrets.ts'
import type { NodeEntry, SecretsFile } from './secrets-file.ts'

/** The secrets that can be replaced without a new cluster. */
export const rotatableSecrets = [
  'server-token',
  'agent-token',
  'join-tokens',
  'admin-certificate',
  'admin-key',
  'host-keys',
] as const
export type RotatableSecret = (typeof rotatableSecrets)[number]

/** Replaces a secret. Secrets of nodes are replaced only for `nodeNames`. */
export async function rotateSecret(
  secrets: SecretsFile,
  which: RotatableSecret,
  nodeNames: readonly string[],
  sources: SecretSources,
): Promise<SecretsFile> {
  const { randomBytes } = sources
  const changeNodes = (change: (name: string, node: NodeEntry) => NodeEntry): SecretsFile => ({
    ...secrets,
    nodes: Object.fromEntries(
      Object.entries(secrets.nodes).map(([name, node]) => [name, nodeNames.includes(name) ? change(name, node) : node]),
    ),
  })
  switch (which) {
    case 'server-token':
      return { ...secrets, serverToken: makeToken(randomBytes) }
    case 'agent-token':
      return { ...secrets, agentToken: makeToken(randomBytes) }
    case 'admin-certificate': {
      const next = { ...secrets, adminGeneration: secrets.adminGeneration + 1 }
      return { ...next, adminCertificate: (await issueAdminCertificates(next, sources)).adminCertificate }
    }
    case 'admin-key':
      return { ...secrets, adminKeyPair: makeKeyPair(`bantam@${secrets.cluster}`, randomBytes) }
    case 'host-keys':
      return changeNodes((name, node) => ({ ...node, hostKey: makeKeyPair(name, randomBytes) }))
    case 'join-tokens':
      return changeNodes((_name, { hostKey, password }) => ({ hostKey, password }))
    default:
      throw unreachable(which)
  }
}
