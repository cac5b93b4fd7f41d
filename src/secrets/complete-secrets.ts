import type { KeyedCertificate } from '../pki/certificate-authority.ts'
import { adminGroup, type ClusterPki, issueAdminCertificate, makeClusterPki } from '../pki/cluster-pki.ts'
import { expiryOf } from '../pki/expiry.ts'
import { makeKeyPair } from '../pki/make-key-pair.ts'
import type { RandomBytes } from '../pki/random-bytes.ts'
import { formatTime } from '../text/format-time.ts'
import { entryOf, type NodeEntry, type SecretsFile } from './secrets-file.ts'

/** The nodes that get a separate join token, and the token lifetime. */
export interface JoinTokenNeeds {
  readonly nodes: readonly string[]
  readonly lifetimeSeconds: number
  /** `expiring`, for images: also replaces tokens with less than half of their lifetime left. `missing`: only makes missing tokens. */
  readonly renewal: 'expiring' | 'missing'
}

/** The secrets that a build needs in the secrets file. */
export interface SecretsNeeds {
  /** True if the user has no SSH key. */
  readonly needsKeyPair: boolean
  /** All nodes of the cluster file. */
  readonly nodeNames: readonly string[]
  /** Null where nodes join with the agents' password. */
  readonly joinTokens: JoinTokenNeeds | null
}

/** The sources for new secrets. */
export interface SecretSources {
  readonly randomBytes: RandomBytes
  readonly now: Date
}

/** Lifetime of administrators' certificates. Kubernetes cannot revoke a certificate, so it must expire. */
const ADMIN_DAYS = 365
const RENEWAL_DAYS = 90
const DAY_MS = 86_400_000
const TOKEN_BYTES = 32
const NODE_PASSWORD_BYTES = 16
const SALT_LENGTH = 16
const TOKEN_ID_LENGTH = 6
const TOKEN_SECRET_LENGTH = 16
const DIGITS_AND_LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789'

/** Says whether a secrets file holds all secrets that a build needs. */
export function isComplete(secrets: SecretsFile, needs: SecretsNeeds, now: Date): boolean {
  const { needsKeyPair, nodeNames, joinTokens } = needs
  return (
    (secrets.adminKeyPair !== undefined || !needsKeyPair) &&
    nodeNames.every((name) => entryOf(secrets.nodes, name) !== undefined) &&
    !expiresSoon(secrets.adminCertificate, now) &&
    !expiresSoon(secrets.breakGlass, now) &&
    (joinTokens === null || joinTokens.nodes.every((name) => hasToken(entryOf(secrets.nodes, name), joinTokens, now)))
  )
}

/** Makes the missing secrets. Existing secrets stay, because running nodes depend on them; only those that expire soon are replaced. */
export async function completeSecrets(
  found: SecretsFile | null,
  clusterName: string,
  needs: SecretsNeeds,
  sources: SecretSources,
): Promise<SecretsFile> {
  const { randomBytes } = sources
  const secrets = found ?? (await makeSecrets(clusterName, sources))
  return {
    ...secrets,
    ...(expiresSoon(secrets.adminCertificate, sources.now) || expiresSoon(secrets.breakGlass, sources.now)
      ? await issueAdminCertificates(secrets, sources)
      : {}),
    ...(needs.needsKeyPair && secrets.adminKeyPair === undefined
      ? { adminKeyPair: makeKeyPair(`bantam@${clusterName}`, randomBytes) }
      : {}),
    nodes: {
      ...secrets.nodes,
      ...Object.fromEntries(
        needs.nodeNames.map((name) => [name, completeNode(name, entryOf(secrets.nodes, name), needs, sources)]),
      ),
    },
  }
}

/** Makes a password with which servers or agents join. */
export function makeToken(randomBytes: RandomBytes): string {
  return Buffer.from(randomBytes(TOKEN_BYTES)).toString('hex')
}

/** Issues new certificates for administrators, from the authorities in a secrets file. */
export async function issueAdminCertificates(
  { cluster, pki, adminGeneration }: Pick<SecretsFile, 'cluster' | 'pki' | 'adminGeneration'>,
  { now, randomBytes }: SecretSources,
): Promise<Pick<SecretsFile, 'adminCertificate' | 'breakGlass'>> {
  const choices = { now, days: ADMIN_DAYS, randomBytes }
  return {
    adminCertificate: await issueAdminCertificate(
      toClusterPki(pki),
      { name: 'bantam', group: adminGroup(cluster, adminGeneration) },
      choices,
    ),
    breakGlass: await issueAdminCertificate(
      toClusterPki(pki),
      { name: 'system:admin', group: 'system:masters' },
      choices,
    ),
  }
}

/** Converts the keys of a secrets file to the PKI of a cluster. */
export function toClusterPki({ root, serviceKey, ...authorities }: SecretsFile['pki']): ClusterPki {
  return { root, serviceKey, authorities }
}

async function makeSecrets(clusterName: string, sources: SecretSources): Promise<SecretsFile> {
  const { root, serviceKey, authorities } = await makeClusterPki(sources.now, sources.randomBytes)
  const pki = { root, ...authorities, serviceKey }
  return {
    cluster: clusterName,
    encryption: null,
    serverToken: makeToken(sources.randomBytes),
    agentToken: makeToken(sources.randomBytes),
    passwordSalt: randomWord(SALT_LENGTH, sources.randomBytes),
    pki,
    adminGeneration: 1,
    ...(await issueAdminCertificates({ cluster: clusterName, pki, adminGeneration: 1 }, sources)),
    nodes: {},
  }
}

/** Says whether a certificate expires soon. The margin is long, because some people build only a few times a year. */
function expiresSoon({ certificate }: KeyedCertificate, now: Date): boolean {
  return expiryOf(certificate).getTime() - now.getTime() < RENEWAL_DAYS * DAY_MS
}

function completeNode(
  name: string,
  found: NodeEntry | undefined,
  { joinTokens }: SecretsNeeds,
  { now, randomBytes }: SecretSources,
): NodeEntry {
  const node = found ?? {
    hostKey: makeKeyPair(name, randomBytes),
    password: Buffer.from(randomBytes(NODE_PASSWORD_BYTES)).toString('hex'),
  }
  if (joinTokens === null || !joinTokens.nodes.includes(name) || hasToken(node, joinTokens, now)) return node
  const expires = formatTime(new Date(now.getTime() + joinTokens.lifetimeSeconds * 1000))
  const token = {
    id: randomWord(TOKEN_ID_LENGTH, randomBytes),
    secret: randomWord(TOKEN_SECRET_LENGTH, randomBytes),
    expires,
  }
  return { ...node, joinTokens: [...(node.joinTokens ?? []).filter((older) => new Date(older.expires) > now), token] }
}

/**
 * Says whether a node has a usable join token. For an image, at least half of the lifetime must be left, because cards are flashed some time
 * after the build. At most twice the lifetime may be left: otherwise the user has shortened the lifetime since.
 */
function hasToken(node: NodeEntry | undefined, { lifetimeSeconds, renewal }: JoinTokenNeeds, now: Date): boolean {
  const token = node?.joinTokens?.at(-1)
  if (token === undefined || renewal === 'missing') return token !== undefined
  const leftSeconds = (new Date(token.expires).getTime() - now.getTime()) / 1000
  return leftSeconds > lifetimeSeconds / 2 && leftSeconds < lifetimeSeconds * 2
}

/** Makes a word of letters and digits, all with the same probability: bytes that would favour some characters are drawn again. */
function randomWord(length: number, randomBytes: RandomBytes): string {
  const { length: count } = DIGITS_AND_LETTERS
  let word = ''
  while (word.length < length) {
    for (const byte of randomBytes(length)) {
      if (word.length < length && byte < 256 - (256 % count)) word += DIGITS_AND_LETTERS.charAt(byte % count)
    }
  }
  return word
}
