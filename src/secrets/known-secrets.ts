import type { KeyedCertificate } from '../pki/certificate-authority.ts'
import type { KeyPair } from '../pki/make-key-pair.ts'
import type { SecretsFile } from './secrets-file.ts'

export interface SearchPattern {
  readonly name: string
  readonly text: string
}

/** Only the last line of a key is shorter: it may hold no more than a comment and padding, which keys of other clusters share. */
const SHORTEST_LINE = 64
/** What all unencrypted OpenSSH keys of this type have in common. */
const COMMON_LINE = 'b3BlbnNzaC1rZXktdjEAAAAA'
/** Of a text that is cut by the border of two clusters of a file system, one half of this length is whole. */
const HALF_LENGTH = 16

/** Every secret of a secrets file as text that may stand in an image, by name. Of a key in PEM each line counts, since files lie scattered on a disk. */
export function listSecretTexts(secrets: SecretsFile): readonly SearchPattern[] {
  const {
    serverToken,
    agentToken,
    adminKeyPair,
    pki: { serviceKey, ...authorities },
    adminCertificate,
    breakGlass,
    nodes,
  } = secrets
  const lines = (name: string, pem: string): readonly SearchPattern[] =>
    pem
      .split('\n')
      .filter((line) => line.length >= SHORTEST_LINE && !line.startsWith('-----') && !line.startsWith(COMMON_LINE))
      .map((text) => ({ name, text }))
  const keyPair = (name: string, { privateKey }: KeyPair): readonly SearchPattern[] => lines(name, privateKey)
  const keyed = (name: string, { key }: KeyedCertificate): readonly SearchPattern[] => lines(name, key)
  return [
    { name: 'server-token', text: serverToken },
    { name: 'agent-token', text: agentToken },
    ...(adminKeyPair === undefined ? [] : keyPair('admin-key', adminKeyPair)),
    ...Object.entries(authorities).flatMap(([file, authority]) => keyed(`key of ${file}`, authority)),
    ...lines('service key', serviceKey),
    ...keyed('admin-certificate', adminCertificate),
    ...keyed('break-glass', breakGlass),
    ...Object.entries(nodes).flatMap(([name, { hostKey, password, joinTokens = [] }]) => [
      ...keyPair(`${name} host key`, hostKey),
      { name: `${name} password`, text: password },
      ...joinTokens.map(({ secret }) => ({ name: `${name} join token`, text: secret })),
    ]),
  ]
}

/** The forms in which a text may stand in an image: as it is, even if cut in two, and in base64, as kubeconfigs and cloud-init hold files. */
export function formsOf({ name, text }: SearchPattern): readonly SearchPattern[] {
  const parts = text.length < 2 * HALF_LENGTH ? [text] : [text.slice(0, text.length / 2), text.slice(text.length / 2)]
  return [...parts, ...base64Forms(text)].map((form) => ({ name, text: form }))
}

/** What base64 of a longer text holds of this one, wherever it begins: three bytes make four digits. */
function base64Forms(text: string): readonly string[] {
  return [0, 1, 2].map((start) => {
    const length = Math.floor((text.length - start) / 3) * 3
    return Buffer.from(text.slice(start, start + length)).toString('base64')
  })
}
