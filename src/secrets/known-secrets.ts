import { unreachable } from '../errors.ts'
import type { KeyedCertificate } from '../pki/certificate-authority.ts'
import type { KeyPair } from '../pki/make-key-pair.ts'
import type { PreviousSecret, SecretsFile } from './secrets-file.ts'

export interface SearchPattern {
  readonly name: string
  readonly text: string
}

/** Only the last line of a key is shorter. It may hold only a comment and padding, which keys of other clusters share. */
const SHORTEST_LINE = 64
/** The text that all unencrypted OpenSSH keys of this type have in common. */
const COMMON_LINE = 'b3BlbnNzaC1rZXktdjEAAAAA'

/**
 * Lists every secret of a secrets file, by name, as text that may be in an image. Each line of a PEM key is listed separately, because files
 * may be fragmented.
 */
export function listSecretTexts(secrets: SecretsFile): readonly SearchPattern[] {
  const {
    serverToken,
    agentToken,
    adminKeyPair,
    pki: { serviceKey, ...authorities },
    adminCertificate,
    breakGlass,
    nodes,
    previous = [],
  } = secrets
  const keyPair = (name: string, { privateKey }: KeyPair): readonly SearchPattern[] => keyLines(name, privateKey)
  const keyed = (name: string, { key }: KeyedCertificate): readonly SearchPattern[] => keyLines(name, key)
  return [
    { name: 'server-token', text: serverToken },
    { name: 'agent-token', text: agentToken },
    ...(adminKeyPair === undefined ? [] : keyPair('admin-key', adminKeyPair)),
    ...Object.entries(authorities).flatMap(([file, authority]) => keyed(`key of ${file}`, authority)),
    ...keyLines('service key', serviceKey),
    ...keyed('admin-certificate', adminCertificate),
    ...keyed('break-glass', breakGlass),
    ...Object.entries(nodes).flatMap(([name, { hostKey, password, joinTokens = [] }]) => [
      ...keyPair(`${name} host key`, hostKey),
      { name: `${name} password`, text: password },
      ...joinTokens.map(({ secret }) => ({ name: `${name} join token`, text: secret })),
    ]),
    ...listPreviousTexts(previous),
  ]
}

/** Lists the texts of previous values, by name, as `listSecretTexts` does. */
export function listPreviousTexts(previous: readonly PreviousSecret[]): readonly SearchPattern[] {
  return previous.flatMap(patternsOfPrevious)
}

/** Lists the texts of a previous value: older images hold them, and running nodes still take them. */
function patternsOfPrevious(one: PreviousSecret): readonly SearchPattern[] {
  switch (one.secret) {
    case 'server-token':
    case 'agent-token':
      return [{ name: `previous ${one.secret}`, text: one.token }]
    case 'admin-key':
      return keyLines('previous admin-key', one.keyPair.privateKey)
    case 'admin-certificate':
      return keyLines('previous admin-certificate', one.client.key)
    case 'host-keys':
      return keyLines(`previous ${one.node} host key`, one.keyPair.privateKey)
    case 'join-tokens':
      return [{ name: `previous ${one.node} join token`, text: one.joinToken.secret }]
    default:
      throw unreachable(one)
  }
}

/** Lists the lines of a PEM key that no other key has. */
function keyLines(name: string, pem: string): readonly SearchPattern[] {
  return pem
    .split('\n')
    .filter((line) => line.length >= SHORTEST_LINE && !line.startsWith('-----') && !line.startsWith(COMMON_LINE))
    .map((text) => ({ name, text }))
}
