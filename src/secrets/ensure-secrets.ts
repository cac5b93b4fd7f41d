import type { ClusterSecrets, NodeSecrets, SecretKeyPair } from '../model/cluster-secrets.ts'
import { Secret } from '../model/secret.ts'
import { adminGroup, authorityFiles, type ClusterPki } from '../pki/cluster-pki.ts'
import { hashOfRoot } from '../pki/join-token.ts'
import type { KeyPair } from '../pki/make-key-pair.ts'
import { requireClock } from '../pki/require-clock.ts'
import { listAuthorities, requireAuthorities } from './check-authorities.ts'
import { completeSecrets, isComplete, type SecretsNeeds, type SecretSources, toClusterPki } from './complete-secrets.ts'
import type { NodeEntry, SecretsFile } from './secrets-file.ts'
import {
  type OpenedFile,
  openSecretsFile,
  type SecretsStore,
  sweepSecretsFile,
  updateSecretsFile,
} from './secrets-store.ts'

/**
 * Returns the secrets of a cluster from its secrets file. The file is made on first use. Secrets of new nodes and a missing key pair are
 * added. Existing secrets are never replaced, because a running cluster depends on them. Only join tokens and administrators' certificates
 * are replaced before they expire. Throws `CLOCK_BEFORE_PACKAGE`, `SECRETS_AUTHORITY_EXPIRED`, and the errors of `updateSecretsFile`.
 */
export async function ensureSecrets(
  store: SecretsStore,
  needs: SecretsNeeds,
  sources: SecretSources,
  /** The file as it was read before, if it was. */
  before: OpenedFile | null = null,
): Promise<ClusterSecrets> {
  requireClock(sources.now)
  const isEnough = (found: SecretsFile): boolean => {
    requireAuthorities(found, store.file, sources.now)
    return isComplete(found, needs, sources.now)
  }
  const complete = async (found: SecretsFile | null): Promise<SecretsFile> =>
    found !== null && isEnough(found) ? found : completeSecrets(found, store.clusterName, needs, sources)
  const opened = await openSecretsFile(store, before)
  if (opened !== null && isEnough(opened.secrets)) {
    await sweepSecretsFile(store)
    return toClusterSecrets(opened.secrets, needs)
  }
  return toClusterSecrets(await updateSecretsFile(store, complete, { opened }), needs)
}

/** Makes stand-in secrets, with which a cluster can be checked. They have the right shape and no other use. */
export function makeStandIn({ needsKeyPair, nodeNames, joinTokens }: SecretsNeeds): ClusterSecrets {
  const word = new Secret('stand-in')
  const keyPair = { publicKey: 'ssh-ed25519 AAAA stand-in', privateKey: word }
  const joinToken = joinTokens === null ? null : { id: 'abcdef', secret: word, expires: new Date(0) }
  const certificate = { certificate: 'stand-in', key: 'stand-in' }
  const authorities = Object.fromEntries(authorityFiles.map((file) => [file, certificate])) as ClusterPki['authorities']
  return {
    serverToken: word,
    agentToken: word,
    passwordSalt: 'standinstandin00',
    adminKeyPair: needsKeyPair ? keyPair : null,
    previousAdminKeys: [],
    authorities: [],
    pki: new Secret({ root: certificate, authorities, serviceKey: 'stand-in' }),
    rootHash: '0'.repeat(64),
    adminGroup: 'stand-in',
    adminCertificate: new Secret(certificate),
    breakGlass: new Secret(certificate),
    nodes: new Map(
      nodeNames.map((name) => [
        name,
        {
          hostKey: keyPair,
          previousHostKeys: [],
          password: word,
          joinTokens: joinToken === null ? [] : [joinToken],
        },
      ]),
    ),
  }
}

/** Converts the contents of a secrets file to the secrets of a cluster. */
export function toClusterSecrets(
  secrets: SecretsFile,
  { needsKeyPair }: Pick<SecretsNeeds, 'needsKeyPair'>,
): ClusterSecrets {
  const previous = (secrets.previous ?? []).toReversed()
  const presentKey = secrets.adminKeyPair === undefined ? [] : [toSecretKeyPair(secrets.adminKeyPair)]
  return {
    serverToken: new Secret(secrets.serverToken),
    agentToken: new Secret(secrets.agentToken),
    passwordSalt: secrets.passwordSalt,
    adminKeyPair: needsKeyPair ? (presentKey[0] ?? null) : null,
    previousAdminKeys: [
      // The user has got another key since. Nodes know this one until they are flashed again.
      ...(needsKeyPair ? [] : presentKey),
      ...previous.flatMap((one) => (one.secret === 'admin-key' ? [toSecretKeyPair(one.keyPair)] : [])),
    ],
    pki: new Secret(toClusterPki(secrets.pki)),
    authorities: listAuthorities(secrets.pki),
    rootHash: hashOfRoot(secrets.pki.root.certificate),
    adminGroup: adminGroup(secrets.cluster, secrets.adminGeneration),
    adminCertificate: new Secret(secrets.adminCertificate),
    breakGlass: new Secret(secrets.breakGlass),
    nodes: new Map(
      Object.entries(secrets.nodes).map(([name, node]) => {
        const hostKeys = previous.flatMap((one) =>
          one.secret === 'host-keys' && one.node === name ? [one.keyPair.publicKey] : [],
        )
        return [name, toNodeSecrets(node, hostKeys)]
      }),
    ),
  }
}

function toNodeSecrets(
  { hostKey, password, joinTokens = [] }: NodeEntry,
  previousHostKeys: readonly string[],
): NodeSecrets {
  return {
    hostKey: toSecretKeyPair(hostKey),
    previousHostKeys,
    password: new Secret(password),
    joinTokens: joinTokens.map(({ id, secret, expires }) => ({
      id,
      secret: new Secret(secret),
      expires: new Date(expires),
    })),
  }
}

function toSecretKeyPair({ publicKey, privateKey }: KeyPair): SecretKeyPair {
  return { publicKey, privateKey: new Secret(privateKey) }
}
