import { isMap, parseDocument, stringify } from 'yaml'
import { BuildError } from '../errors.ts'
import type { KeyPair } from './make-key-pair.ts'
import { parsePublicKey } from './parse-public-key.ts'

/** What `<cluster>.secrets.yaml` holds. */
export interface SecretsFile {
  readonly cluster: string
  readonly serverToken: string
  readonly agentToken: string
  readonly adminKeyPair: KeyPair | null
}

const VERSION = 1
const knownKeys = ['version', 'cluster', 'serverToken', 'agentToken', 'adminKeyPair']

/**
 * k3s takes what starts with K10 for a token with a hash of the CA, and six and sixteen characters around a dot for a
 * bootstrap token (https://docs.k3s.io/cli/token).
 */
const tokenPattern = /^(?!K10)(?![a-z0-9]{6}\.[a-z0-9]{16}$)[A-Za-z0-9._~-]{16,256}$/

/** Writes the text of a secrets file. */
export function formatSecretsFile(secrets: SecretsFile): string {
  const { cluster, serverToken, agentToken, adminKeyPair } = secrets
  const comment = [
    `# Secrets of the cluster ${cluster}, made by bantam. Whoever reads them can take over the cluster: keep this file`,
    '# private and out of version control, and keep a copy of it, since images that are built later must carry the same tokens.',
  ]
  const values = {
    version: VERSION,
    cluster,
    serverToken,
    agentToken,
    ...(adminKeyPair === null ? {} : { adminKeyPair }),
  }
  return `${comment.join('\n')}\n${stringify(values, { lineWidth: 0 })}`
}

/** Reads the text of a secrets file. No message repeats any of it except the name of the cluster. */
export function parseSecretsFile(text: string, file: string): SecretsFile {
  const invalid = (reason: string): BuildError => new BuildError('SECRETS_INVALID', { file, reason })
  const map = parseMap(text)
  if (map === null) throw invalid('it is not a map in YAML')
  const { version, cluster, serverToken, agentToken, adminKeyPair } = map
  if (typeof version !== 'number') throw invalid('it has no `version`')
  if (version !== VERSION) throw new BuildError('SECRETS_VERSION_UNKNOWN', { file, version })
  if (typeof cluster !== 'string') throw invalid('it has no `cluster`')
  if (!Object.keys(map).every((key) => knownKeys.includes(key)))
    throw invalid(`it holds keys other than ${knownKeys.join(', ')}`)
  if (!isToken(serverToken)) throw invalid('`serverToken` is missing or is not 16 or more letters and digits')
  if (!isToken(agentToken)) throw invalid('`agentToken` is missing or is not 16 or more letters and digits')
  if (serverToken === agentToken) throw invalid('agents would join with the token of servers')
  return {
    cluster,
    serverToken,
    agentToken,
    adminKeyPair: adminKeyPair === undefined ? null : parseKeyPair(adminKeyPair, invalid),
  }
}

function parseMap(text: string): Readonly<Record<string, unknown>> | null {
  const document = parseDocument(text, { prettyErrors: false })
  if (document.errors.length > 0 || !isMap(document.contents)) return null
  try {
    // A map in YAML is an object with text as keys.
    return document.toJS({ maxAliasCount: 0 }) as Record<string, unknown>
  } catch {
    // We write no aliases, so a file with some is not ours.
    return null
  }
}

function isToken(value: unknown): value is string {
  return typeof value === 'string' && tokenPattern.test(value)
}

function parseKeyPair(value: unknown, invalid: (reason: string) => BuildError): KeyPair {
  const { publicKey, privateKey } = Object(value) as Record<string, unknown>
  if (typeof publicKey !== 'string' || 'reason' in parsePublicKey(publicKey))
    throw invalid('`adminKeyPair.publicKey` is not an OpenSSH public key')
  if (
    typeof privateKey !== 'string' ||
    !/^-----BEGIN OPENSSH PRIVATE KEY-----\n[A-Za-z0-9+/=\n]+-----END OPENSSH PRIVATE KEY-----\n*$/.test(privateKey)
  ) {
    throw invalid('`adminKeyPair.privateKey` is not an OpenSSH private key')
  }
  return { publicKey, privateKey }
}
