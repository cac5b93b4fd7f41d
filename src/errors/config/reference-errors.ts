import type { ErrorEntry } from '../error-entry.ts'
import { quote } from './quote-value.ts'

/** A key and the reference in it, as written. Neither is secret. */
export interface ReferenceSpot {
  readonly key: string
  readonly reference: string
}

const spot = { key: 'network.wifi.password', reference: '${env:WIFI_PASSWORD}' }

/** References to values outside of the file, such as `${env:WIFI_PASSWORD}`. No message shows a value. */
export const referenceErrors = {
  REFERENCE_INVALID: {
    kind: 'input',
    message: (d: { key: string; reason: string }) => `The value of ${quote(d.key)} cannot be read: ${d.reason}.`,
    hint: 'Write `${env:NAME}` for a variable of the environment, `${file:PATH}` for a file, or `${secret:NAME}` for a value that `bantam secrets set NAME` stores. `$${` stands for the text `${`.',
    example: { key: spot.key, reason: 'a `${` in it is not followed by `env:`, `file:` or `secret:`' },
  },
  REFERENCE_KEY_NOT_SECRET: {
    kind: 'input',
    message: (d: { key: string }) => `The value of ${quote(d.key)} holds \`\${\`, and this key takes no reference.`,
    hint: 'Write the value itself; `$${` stands for the text `${`. References work in `admin.password`, `admin.passwordHash`, `k3s.datastore` and `network.wifi.password`.',
    example: { key: 'timezone' },
  },
  REFERENCE_VARIABLE_UNSET: {
    kind: 'input',
    message: (d: ReferenceSpot & { name: string; state: string }) =>
      `${quote(d.key)} takes its value from the variable ${quote(d.name)} of the environment, which ${d.state}.`,
    hint: (d: { name: string }) =>
      `Set ${quote(d.name)} for this command. In CI, set it from the store of secrets, for the job that builds.`,
    example: { ...spot, name: 'WIFI_PASSWORD', state: 'is not set' },
  },
  REFERENCE_VARIABLE_NOT_TEXT: {
    kind: 'input',
    message: (d: ReferenceSpot & { name: string }) =>
      `${quote(d.key)} takes its value from the variable ${quote(d.name)} of the environment, which is not UTF-8 text.`,
    hint: (d: { name: string }) =>
      `Set ${quote(d.name)} to text in UTF-8. A value in another encoding, such as Latin-1, would become another value.`,
    example: { ...spot, name: 'WIFI_PASSWORD' },
  },
  REFERENCE_FILE_UNREADABLE: {
    kind: 'input',
    message: (d: ReferenceSpot & { name: string; reason: string }) =>
      `${quote(d.key)} takes its value from the file ${quote(d.name)}, which cannot be used: ${d.reason}.`,
    hint: 'Correct the path, which starts at the folder of the YAML file that names it. Write one value into the file, in UTF-8; a line break after it does not count.',
    example: {
      key: 'admin.passwordHash',
      reference: '${file:gone.txt}',
      name: 'gone.txt',
      reason: 'it does not exist',
    },
  },
  REFERENCE_FILE_MODE: {
    kind: 'input',
    severity: 'warning',
    message: (d: ReferenceSpot & { name: string; mode: string }) =>
      `${quote(d.key)} takes its value from the file ${quote(d.name)}, which has mode ${d.mode}: others on this machine may use it.`,
    hint: 'If the file is yours, make it readable for you alone with `chmod 600`. Files that a container or CI mounts are often readable for all, and work too.',
    example: { ...spot, reference: '${file:wifi.txt}', name: 'wifi.txt', mode: '0644' },
  },
  REFERENCE_SECRET_UNSET: {
    kind: 'input',
    message: (d: ReferenceSpot & { name: string }) =>
      `${quote(d.key)} takes its value from ${quote(d.reference)}, and the secrets file holds no value ${quote(d.name)}.`,
    hint: (d: { name: string }) =>
      `Run \`bantam secrets set ${d.name}\`, which asks for the value. \`bantam secrets show\` lists the names of all values.`,
    example: { ...spot, reference: '${secret:wifi.home}', name: 'wifi.home' },
  },
  REFERENCE_VALUE_INVALID: {
    kind: 'input',
    message: (d: { key: string; references: readonly string[]; message: string; hint: string }) =>
      `${quote(d.key)} takes its value from ${d.references.map(quote).join(' and ')}, and that value is not allowed there. ${d.message}`,
    hint: (d: { hint: string }) => d.hint,
    example: {
      key: spot.key,
      references: [spot.reference],
      message: 'The Wi-Fi password is not a WPA passphrase.',
      hint: 'A passphrase has 8 to 63 ASCII characters.',
    },
  },
} as const satisfies Record<string, ErrorEntry>
