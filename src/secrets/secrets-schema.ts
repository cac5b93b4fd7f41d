import { USER_VALUE_NAME } from '../model/user-value-name.ts'
import { authorityFiles, rootlessAuthorities } from '../pki/cluster-pki.ts'

/**
 * Excludes texts that k3s would misread: a token that starts with K10 has a hash of the CA, and six and sixteen characters around a dot
 * are a bootstrap token (https://docs.k3s.io/cli/token).
 */
const TOKEN = '^(?!K10)(?![a-z0-9]{6}\\.[a-z0-9]{16}$)[A-Za-z0-9._~-]{16,256}$'
/** One line that a terminal shows as it is: no control characters, no marks that turn the direction of text. */
const REASON = '^\\P{C}{1,200}$'
/** No secret key of the cluster file takes a longer value. */
export const LONGEST_VALUE = 65_536
const NODE_NAME = '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'

const pem = (label: string) => ({
  type: 'string',
  pattern: `^-----BEGIN ${label}-----\\n[A-Za-z0-9+/=\\n]+-----END ${label}-----\\n$`,
})
const map = (properties: Readonly<Record<string, object>>, optional: readonly string[] = []) => ({
  type: 'object',
  additionalProperties: false,
  properties,
  required: Object.keys(properties).filter((key) => !optional.includes(key)),
})

const keyPair = map({
  publicKey: { type: 'string', pattern: '^ssh-ed25519 [A-Za-z0-9+/]{68}( [ -~]+)?$' },
  privateKey: pem('OPENSSH PRIVATE KEY'),
})
const certified = { certificate: pem('CERTIFICATE'), key: pem('EC PRIVATE KEY') }
const keyedCertificate = map(certified)
const authority = map({ ...certified, content: { enum: ['alone', 'twice'] } }, ['content'])
const time = { type: 'string', pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}Z$' }
const token = { type: 'string', pattern: TOKEN }
const nodeName = { type: 'string', pattern: NODE_NAME }
const generation = { type: 'integer', minimum: 1 }
const joinToken = map({
  id: { type: 'string', pattern: '^[a-z0-9]{6}$' },
  secret: { type: 'string', pattern: '^[a-z0-9]{16}$' },
  expires: time,
})
const previous = (secret: string, value: Readonly<Record<string, object>>) =>
  map({ secret: { const: secret }, replaced: time, reason: { type: 'string', pattern: REASON }, ...value })

/** JSON Schema of a secrets file. It accepts exactly the values of the type `SecretsFile`. */
export const secretsSchema = map(
  {
    version: { enum: [2, 3, 4] },
    cluster: { type: 'string' },
    encryption: {
      oneOf: [
        map({ recipients: { type: 'array', minItems: 1, items: { type: 'string', pattern: '^age1[a-z0-9]+$' } } }),
        map({ passphrase: { const: true } }),
      ],
    },
    serverToken: token,
    agentToken: token,
    passwordSalt: { type: 'string', pattern: '^[a-z0-9]{16}$' },
    adminKeyPair: keyPair,
    pki: map({
      root: keyedCertificate,
      ...Object.fromEntries(
        authorityFiles.map((file) => [file, rootlessAuthorities.includes(file) ? authority : keyedCertificate]),
      ),
      serviceKey: pem('RSA PRIVATE KEY'),
    }),
    adminGeneration: generation,
    adminCertificate: keyedCertificate,
    breakGlass: keyedCertificate,
    nodes: {
      type: 'object',
      propertyNames: { pattern: NODE_NAME },
      additionalProperties: map(
        {
          hostKey: keyPair,
          password: { type: 'string', pattern: '^[0-9a-f]{32}$' },
          joinTokens: { type: 'array', minItems: 1, items: joinToken },
        },
        ['joinTokens'],
      ),
    },
    previous: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        discriminator: { propertyName: 'secret' },
        required: ['secret'],
        oneOf: [
          previous('server-token', { token }),
          previous('agent-token', { token }),
          previous('admin-key', { keyPair }),
          previous('admin-certificate', { generation, client: keyedCertificate }),
          previous('host-keys', { node: nodeName, keyPair }),
          previous('join-tokens', { node: nodeName, joinToken }),
        ],
      },
    },
    values: {
      type: 'object',
      propertyNames: { pattern: USER_VALUE_NAME },
      additionalProperties: { type: 'string', minLength: 1, maxLength: LONGEST_VALUE },
    },
  },
  ['encryption', 'adminKeyPair', 'previous', 'values'],
)

const reasonPattern = new RegExp(REASON, 'u')

/** Says whether a text may be the reason of a replacement: one line of at most 200 characters. */
export function isReason(text: string): boolean {
  return reasonPattern.test(text)
}
