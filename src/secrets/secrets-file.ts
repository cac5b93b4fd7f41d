import { createPrivateKey, sign, verify, X509Certificate } from 'node:crypto'
import type { ErrorObject } from 'ajv'
import { isMap, parseDocument, stringify } from 'yaml'
import { BuildError } from '../errors.ts'
import type { KeyedCertificate } from '../pki/certificate-authority.ts'
import type { Authority, AuthorityFile } from '../pki/cluster-pki.ts'
import type { KeyPair } from '../pki/make-key-pair.ts'
import { secretsSchema } from './secrets-schema.ts'

/** The encryption of a secrets file. It is stored inside the file, because an age file does not name its recipients. */
export type Encryption = { readonly recipients: readonly string[] } | { readonly passphrase: true }

export interface NodeEntry {
  readonly hostKey: KeyPair
  readonly password: string
  /** The last one is for the next image. The earlier ones are in older images and have not expired. */
  readonly joinTokens?: readonly JoinTokenEntry[]
}

export interface JoinTokenEntry {
  readonly id: string
  readonly secret: string
  readonly expires: string
}

/**
 * A value that `secrets rotate` replaced. It stays in the file until `secrets forget`, because running nodes, cards on
 * their way and snapshots know only this one.
 */
export type PreviousSecret = {
  /** Time of the replacement, as in `2026-11-21T12:00:00Z`. */
  readonly replaced: string
  /** The reason in words of the user, else the command that replaced it. */
  readonly reason: string
} & PreviousValue

export type PreviousValue =
  | { readonly secret: 'server-token' | 'agent-token'; readonly token: string }
  | { readonly secret: 'admin-key'; readonly keyPair: KeyPair }
  | { readonly secret: 'admin-certificate'; readonly generation: number; readonly client: KeyedCertificate }
  | { readonly secret: 'host-keys'; readonly node: string; readonly keyPair: KeyPair }
  | { readonly secret: 'join-tokens'; readonly node: string; readonly joinToken: JoinTokenEntry }

/** The contents of `<cluster>.secrets.yaml`. */
export interface SecretsFile {
  readonly cluster: string
  /** Null: the file is not encrypted. */
  readonly encryption: Encryption | null
  readonly serverToken: string
  readonly agentToken: string
  readonly passwordSalt: string
  readonly adminKeyPair?: KeyPair
  /** Up to version 3, the file of each authority holds the root. */
  readonly pki: { readonly root: KeyedCertificate; readonly serviceKey: string } & Readonly<
    Record<AuthorityFile, Authority>
  >
  /** Generation of the everyday administrators' certificate; starts at 1, and each rotation adds 1. */
  readonly adminGeneration: number
  readonly adminCertificate: KeyedCertificate
  readonly breakGlass: KeyedCertificate
  readonly nodes: Readonly<Record<string, NodeEntry>>
  /** Oldest first. */
  readonly previous?: readonly PreviousSecret[]
  /** Values of the user's own, by the names that references such as `${secret:wifi.home}` have. */
  readonly values?: Readonly<Record<string, string>>
}

/**
 * Version 3 added `previous`, which a bantam of version 2 would lose.
 * Version 4 added what the file of an authority holds, without which a server would be given another file than the cluster has.
 */
const VERSION = 4
const OLDEST_VERSION = 2

/** Returns the entry of a node. Reads only own properties of the object, because a node may have the name `constructor`. */
export function entryOf(nodes: SecretsFile['nodes'], name: string): NodeEntry | undefined {
  return Object.hasOwn(nodes, name) ? nodes[name] : undefined
}

/** Writes the text of a secrets file. */
export function formatSecretsFile(secrets: SecretsFile): string {
  const comment = [
    `# Secrets of the cluster ${secrets.cluster}, made by bantam. They give full control of the cluster.`,
    '# Keep this file private and out of version control.',
    '# Keep a copy of it: images that you build later must contain the same secrets.',
  ]
  const { encryption, ...values } = secrets
  return `${comment.join('\n')}\n${stringify({ version: VERSION, ...(encryption === null ? {} : { encryption }), ...values }, { lineWidth: 0 })}`
}

/** Reads the text of a secrets file. No message repeats any of it except the name of the cluster. */
export async function parseSecretsFile(text: string, file: string): Promise<SecretsFile> {
  const invalid = (reason: string): BuildError => new BuildError('SECRETS_INVALID', { file, reason })
  const map = parseMap(text)
  if (map === null) throw invalid('it is not a map in YAML')
  const { version, ...values } = map
  if (typeof version !== 'number') throw invalid('it has no `version`')
  if (version < OLDEST_VERSION) throw new BuildError('SECRETS_VERSION_OLD', { file, version })
  if (version > VERSION) throw new BuildError('SECRETS_VERSION_UNKNOWN', { file, version })
  const { Ajv } = await import('ajv')
  const check = new Ajv({ validateSchema: false, strict: false, discriminator: true }).compile(secretsSchema)
  if (!check(map)) throw invalid(explain(check.errors?.[0]))
  // The schema accepts exactly the values of the type.
  const secrets = { encryption: null, ...values } as unknown as SecretsFile
  const damaged = findDamagedKey(secrets)
  if (damaged !== null) throw invalid(`\`${damaged}\` is cut off or damaged`)
  if (secrets.serverToken === secrets.agentToken) throw invalid('agents would join with the token of servers')
  return secrets
}

/** Finds the first key that does not match its certificate. Otherwise the damage would show only on the board. */
function findDamagedKey({
  pki: { serviceKey, ...authorities },
  adminCertificate,
  breakGlass,
  previous = [],
}: SecretsFile): string | null {
  const keyed = Object.entries({
    ...Object.fromEntries(Object.entries(authorities).map(([name, one]) => [`pki.${name}`, one])),
    adminCertificate,
    breakGlass,
    ...Object.fromEntries(
      previous.flatMap((one, index) =>
        one.secret === 'admin-certificate' ? [[`previous.${index}.client`, one.client] as const] : [],
      ),
    ),
  })
  const broken = keyed.find(([, { certificate, key }]) => !isSound(() => signsFor(certificate, key)))
  if (broken !== undefined) return broken[0]
  return isSound(() => createPrivateKey(serviceKey).asymmetricKeyType === 'rsa') ? null : 'pki.serviceKey'
}

/** Checks by a signature that a key matches a certificate. The public key stored with the private key proves nothing. */
function signsFor(certificate: string, key: string): boolean {
  const text = Buffer.from(certificate)
  return verify('sha256', text, new X509Certificate(certificate).publicKey, sign('sha256', text, key))
}

function isSound(check: () => boolean): boolean {
  try {
    return check()
  } catch {
    return false
  }
}

function parseMap(text: string): Readonly<Record<string, unknown>> | null {
  const document = parseDocument(text, { prettyErrors: false })
  if (document.errors.length > 0 || !isMap(document.contents)) return null
  try {
    // A map in YAML is an object with text as keys.
    return document.toJS({ maxAliasCount: 0 }) as Record<string, unknown>
  } catch {
    // bantam writes no aliases, so a file with aliases is not from bantam.
    return null
  }
}

/** Explains an error with the names of keys, never with values. */
function explain(error: ErrorObject | undefined): string {
  const place = (error?.instancePath ?? '').slice(1).replaceAll('~1', '/').replaceAll('/', '.')
  const where = place === '' ? '' : `\`${place}\` `
  const { missingProperty, additionalProperty } = (error?.params ?? {}) as {
    missingProperty?: string
    additionalProperty?: string
  }
  if (missingProperty !== undefined) return `${where}has no \`${missingProperty}\``.replace(/^has/, 'it has')
  if (additionalProperty !== undefined)
    return `${where}holds keys that this version does not know`.replace(/^holds/, 'it holds')
  return `${where}is cut off or damaged`
}
