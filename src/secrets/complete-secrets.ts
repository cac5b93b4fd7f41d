import { X509Certificate } from 'node:crypto'
import type { KeyedCertificate } from '../pki/certificate-authority.ts'
import { adminGroup, type ClusterPki, issueAdminCertificate, makeClusterPki } from '../pki/cluster-pki.ts'
import { makeKeyPair } from '../pki/make-key-pair.ts'
import type { RandomBytes } from '../pki/random-bytes.ts'
import { entryOf, type NodeEntry, type SecretsFile } from './secrets-file.ts'

/** Which nodes get a token of their own, and for how long it is valid. */
export interface JoinTokenNeeds {
  readonly nodes: readonly string[]
  readonly lifetimeSeconds: number
  /** Whether tokens are replaced of which less than half their life is left: for images. */
  readonly renewal: 'expiring' | 'missing'
}

/** What a build needs of a secrets file. */
export interface SecretsNeeds {
  /** True where no SSH key of the user's is known. */
  readonly needsKeyPair: boolean
  /** All nodes of the cluster file. */
  readonly nodeNames: readonly string[]
  /** Null where nodes join with the agents' password. */
  readonly joinTokens: JoinTokenNeeds | null
}

/** What is needed to make secrets. */
export interface SecretSources {
  readonly randomBytes: RandomBytes
  readonly now: Date
}

/** Kubernetes lets in whoever bears a certificate until it ends; there is no taking back. */
const ADMIN_DAYS = 365
const RENEWAL_DAYS = 90
const DAY_MS = 86_400_000
const TOKEN_BYTES = 32
const NODE_PASSWORD_BYTES = 16
const SALT_LENGTH = 16
const TOKEN_ID_LENGTH = 6
const TOKEN_SECRET_LENGTH = 16
const DIGITS_AND_LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789'

/** Says whether a secrets file holds all that a build needs. */
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

/** Makes all that a secrets file lacks. What it holds stays, since running nodes depend on it; only what expires soon is replaced. */
export async function completeSecrets(
  found: SecretsFile | null,
  clusterName: string,
  needs: SecretsNeeds,
  sources: SecretSources,
): Promise<SecretsFile> {
  const { randomBytes } = sources
  const secrets = found ?? (await foundSecrets(clusterName, sources))
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

/** Makes a password that servers or agents join with. */
export function makeToken(randomBytes: RandomBytes): string {
  return Buffer.from(randomBytes(TOKEN_BYTES)).toString('hex')
}

/** Makes the certificates of administrators anew, from the authorities that a secrets file holds. */
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

/** The keys of a secrets file in the form in which they are used. */
export function toClusterPki({ root, serviceKey, ...authorities }: SecretsFile['pki']): ClusterPki {
  return { root, serviceKey, authorities }
}

async function foundSecrets(clusterName: string, sources: SecretSources): Promise<SecretsFile> {
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

/** With time enough for who builds seldom. */
function expiresSoon({ certificate }: KeyedCertificate, now: Date): boolean {
  return new Date(new X509Certificate(certificate).validTo).getTime() - now.getTime() < RENEWAL_DAYS * DAY_MS
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
  const expires = new Date(now.getTime() + joinTokens.lifetimeSeconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z')
  const token = {
    id: randomWord(TOKEN_ID_LENGTH, randomBytes),
    secret: randomWord(TOKEN_SECRET_LENGTH, randomBytes),
    expires,
  }
  return { ...node, joinTokens: [...(node.joinTokens ?? []).filter((older) => new Date(older.expires) > now), token] }
}

/** For an image, half of its life at least must be left, since cards are flashed some time after the build; and not more than twice, where the life was made shorter. */
function hasToken(node: NodeEntry | undefined, { lifetimeSeconds, renewal }: JoinTokenNeeds, now: Date): boolean {
  const token = node?.joinTokens?.at(-1)
  if (token === undefined || renewal === 'missing') return token !== undefined
  const leftSeconds = (new Date(token.expires).getTime() - now.getTime()) / 1000
  return leftSeconds > lifetimeSeconds / 2 && leftSeconds < lifetimeSeconds * 2
}

/** Letters and digits of equal chance: bytes that would favour some are drawn again. */
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
