import { quote } from './config/quote-value.ts'
import type { ErrorEntry } from './error-entry.ts'

/** Failures of the secrets file and of the keys to it. */
export const secretsErrors = {
  SECRETS_INVALID: {
    kind: 'input',
    message: (d: { file: string; reason: string }) => `The secrets file ${d.file} cannot be used: ${d.reason}.`,
    hint: 'Restore it from a backup. Move it and out/<cluster>/ away only for a new cluster: new secrets do not work with a running one.',
  },
  SECRETS_MISSING: {
    kind: 'input',
    message: (d: { file: string }) => `There is no secrets file ${d.file}.`,
    hint: 'The first build makes it. If it is lost, restore it from a backup: without it, nodes that you flash again cannot join. Otherwise start a new cluster and flash all nodes.',
  },
  SECRETS_LOST: {
    kind: 'input',
    message: (d: { file: string; folder: string; images: readonly string[] }) =>
      `There is no secrets file ${d.file}, but ${d.folder} holds ${d.images[0] ?? ''}, which was built with one.`,
    hint: (d: { folder: string }) =>
      `Restore it from a backup. Nodes with these images keep running, but images with new secrets cannot join them. To start a new cluster, move ${d.folder} away and flash all nodes.`,
  },
  SECRETS_LINK_BROKEN: {
    kind: 'input',
    message: (d: { file: string; target: string }) =>
      `The secrets file ${d.file} is a link to ${d.target}, which is not available.`,
    hint: 'Mount or restore the target of the link. For a new cluster, remove the link and build; then move the new file and link it again.',
  },
  SECRETS_OTHER_CLUSTER: {
    kind: 'input',
    message: (d: { file: string; expected: string; actual: string }) =>
      `The secrets file ${d.file} belongs to the cluster ${quote(d.actual)}, not to ${quote(d.expected)}.`,
    hint: 'Correct `name` in the cluster file, or move the secrets file away if it was copied by mistake.',
  },
  SECRETS_VERSION_UNKNOWN: {
    kind: 'input',
    message: (d: { file: string; version: number }) =>
      `The secrets file ${d.file} has version ${d.version}, which this version of bantam does not know.`,
    hint: 'Use the newer bantam that wrote it.',
  },
  SECRETS_VERSION_OLD: {
    kind: 'input',
    message: (d: { file: string; version: number }) =>
      `The secrets file ${d.file} has version ${d.version}, from before bantam made a cluster's certificates: a cluster started with it has other certificates.`,
    hint: 'Running nodes keep running. For new images, move the file and out/<cluster>/ away, then flash all nodes: they form a new cluster.',
  },
  SECRETS_KEY_MISSING: {
    kind: 'input',
    message: (d: { file: string }) => `The secrets file ${d.file} is encrypted, and no key was given.`,
    hint: 'Set BANTAM_AGE_KEY to the age identity, BANTAM_AGE_KEY_FILE to its file, or BANTAM_AGE_PASSPHRASE.',
  },
  SECRETS_KEY_WRONG: {
    kind: 'input',
    message: (d: { file: string }) =>
      `The secrets file ${d.file} cannot be opened: it is damaged, or encrypted for another key.`,
    hint: 'Give the key that it was encrypted for, or restore the file from a backup. To change the key, decrypt with the old one first.',
  },
  SECRETS_ROTATION_WITHOUT_EFFECT: {
    kind: 'input',
    message: (d: { secret: string; reason: string }) =>
      `Rotating ${d.secret} like this would change nothing: ${d.reason}.`,
    hint: 'Choose another secret, or omit --node and --profile. If you use your own SSH keys: change `admin.sshKeys`, build again, and edit ~/.ssh/authorized_keys on running nodes.',
  },
  SECRETS_PREVIOUS_KEY_KEPT: {
    kind: 'input',
    message: (d: { file: string }) =>
      `${d.file} still exists. It is the key that running nodes accept until they get the new one.`,
    hint: 'Put the new key onto the nodes first, as `bantam secrets rotate` explained. Then delete that file.',
  },
  SECRETS_MODE: {
    kind: 'input',
    message: (d: { file: string; mode: string }) =>
      `The secrets file ${d.file} has mode ${d.mode}: others on this machine can read it.`,
    hint: (d: { file: string }) =>
      `Run \`chmod 600 ${d.file}\`; if anyone may have read it, start a new cluster with new secrets.`,
  },
  SECRETS_UNWRITABLE: {
    kind: 'failure',
    message: (d: { file: string; reason: string }) => `The secrets file ${d.file} cannot be written (${d.reason}).`,
    hint: 'Make its folder writable: bantam keeps secrets beside the cluster file.',
  },
  SECRETS_VALUE_NAME_INVALID: {
    kind: 'input',
    message: (d: { name: string }) => `${quote(d.name)} cannot be the name of a value in the secrets file.`,
    hint: 'Use letters, digits, `-` and `_`, with dots between words, such as `wifi.home`. The value itself is never an argument: it is asked for, or read from standard input.',
    example: { name: 'wifi home' },
  },
  SECRETS_VALUE_INVALID: {
    kind: 'input',
    message: (d: { name: string; reason: string }) => `The value for ${quote(d.name)} cannot be stored: ${d.reason}.`,
    hint: 'Give one line of text. With a pipe, such as `pass show wifi | bantam secrets set wifi.home`, one line break at its end is removed.',
    example: { name: 'wifi.home', reason: 'it is empty' },
  },
  SECRETS_VALUE_UNKNOWN: {
    kind: 'input',
    message: (d: { name: string; file: string; known: readonly string[] }) =>
      `The secrets file ${d.file} holds no value ${quote(d.name)}.`,
    hint: (d: { known: readonly string[] }) =>
      d.known.length === 0 ? 'It holds no values at all.' : `It holds ${d.known.map(quote).join(', ')}.`,
    example: { name: 'wifi.hom', file: 'home.secrets.yaml', known: ['wifi.home'] },
  },
  AGE_OWN_KEY_MISSING: {
    kind: 'input',
    message: () => 'Only others could read the secrets: none of your keys was given.',
    hint: 'Set BANTAM_AGE_KEY_FILE or BANTAM_AGE_KEY, and encrypt again. The file is then readable for you and for these recipients. A passphrase cannot be combined with recipients.',
  },
  AGE_RECIPIENT_INVALID: {
    kind: 'input',
    message: (d: { recipient: string }) => `${quote(d.recipient)} is not a public key of age.`,
    hint: 'A public key starts with age1; age-keygen -y FILE prints that of a key file.',
  },
  AGE_RECIPIENT_MISSING: {
    kind: 'input',
    message: () => 'No recipient is given for the encrypted secrets.',
    hint: 'Set BANTAM_AGE_KEY_FILE or BANTAM_AGE_KEY to a key of age, or BANTAM_AGE_PASSPHRASE to a passphrase.',
  },
  AGE_KEY_UNREADABLE: {
    kind: 'input',
    message: (d: { file: string; reason: string }) =>
      `The file ${d.file}, named by BANTAM_AGE_KEY_FILE, cannot be read (${d.reason}).`,
    hint: 'Correct the path; age-keygen -o FILE writes such a file.',
  },
  AGE_KEY_INVALID: {
    kind: 'input',
    message: () => 'The key given for the secrets is not an age identity.',
    hint: 'An identity is a line that starts with AGE-SECRET-KEY-1, as age-keygen writes it.',
  },
} as const satisfies Record<string, ErrorEntry>
