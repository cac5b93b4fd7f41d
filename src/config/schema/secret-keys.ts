import type { AnySchemaObject } from 'ajv'
import type { ErrorCode, ErrorFacts } from '../../errors.ts'

/** Codes without facts: their words cannot show a value. */
type CodeWithoutFacts = { [C in ErrorCode]: ErrorFacts<C> extends undefined ? C : never }[ErrorCode]

interface SecretKey {
  readonly description: string
  /** What a value must match, whether it is in the file or comes from outside. */
  readonly pattern: string
  /** Words that may be in the file in place of a value. */
  readonly words?: readonly string[]
  readonly code: CodeWithoutFacts
  /** A value that matches, for commands that use no values. It is never written into an image. */
  readonly standIn: string
}

/** Every key of cluster.yaml whose value is secret. Each takes references: see `parseReferences`. */
export const secretKeys = {
  adminPassword: {
    description: 'Password for the console. Cards hold only its hash. Left out: no password.',
    pattern: '^[^\\u0000-\\u001f\\u007f]{8,128}$',
    code: 'ADMIN_PASSWORD_INVALID',
    standIn: 'stand-in',
  },
  adminPasswordHash: {
    description:
      'crypt(3) hash of a password for the console, as `openssl passwd -6` makes it, in place of `password`.',
    pattern:
      '^(\\$[56]\\$(rounds=[0-9]{4,9}\\$)?[./0-9A-Za-z]{1,16}\\$([./0-9A-Za-z]{43}|[./0-9A-Za-z]{86})|\\$y\\$[./0-9A-Za-z]+\\$[./0-9A-Za-z]{1,86}\\$[./0-9A-Za-z]{43})$',
    code: 'ADMIN_PASSWORD_HASH_INVALID',
    standIn: `$6$stand.in$${'.'.repeat(86)}`,
  },
  datastore: {
    description:
      'sqlite (one server), etcd (three or more), or the endpoint of a database: postgres://…, mysql://…, https://…',
    pattern: '^(postgres|postgresql|mysql|http|https)://[!-~]+$',
    words: ['sqlite', 'etcd'],
    code: 'K3S_DATASTORE_INVALID',
    standIn: 'postgres://stand-in',
  },
  wifiPassword: {
    description: 'WPA passphrase of 8 to 63 ASCII characters, or 64 hexadecimal digits. Left out: an open network.',
    pattern: '^([ -~]{8,63}|[0-9a-fA-F]{64})$',
    code: 'NETWORK_WIFI_PASSWORD_INVALID',
    standIn: 'stand-in',
  },
} as const satisfies Record<string, SecretKey>

export type SecretKeyName = keyof typeof secretKeys

/** Makes the schema of a secret key. The value of a text with references is checked where it is read: see `createUserValues`. */
export function secretKeySchema(name: SecretKeyName): AnySchemaObject {
  const { description, pattern, words = [], code }: SecretKey = secretKeys[name]
  return {
    description: `${description} References work here: \${env:NAME}, \${file:PATH}, \${secret:NAME}.`,
    type: 'string',
    pattern: [pattern, ...words.map((word) => `^${word}$`), '\\$\\{'].join('|'),
    'x-code': code,
    'x-text': 'reference',
    writeOnly: true,
  }
}
