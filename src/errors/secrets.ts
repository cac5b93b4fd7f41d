import { quote } from './config/quote-value.ts'
import type { ErrorEntry } from './error-entry.ts'

/** Failures of the secrets file and of the keys to it. */
export const secretsErrors = {
  SECRETS_INVALID: {
    kind: 'input',
    message: (d: { file: string; reason: string }) => `The secrets file ${d.file} cannot be used: ${d.reason}.`,
    hint: 'Restore it from a backup. Move it and out/<cluster>/ away only for a new cluster: new secrets do not open a running one.',
  },
  SECRETS_MISSING: {
    kind: 'input',
    message: (d: { file: string }) => `There is no secrets file ${d.file}.`,
    hint: 'The first build makes it. If images were built with it and it is lost, restore it from a backup: without it, nodes that are flashed anew cannot join, and the cluster must be founded anew.',
  },
  SECRETS_LOST: {
    kind: 'input',
    message: (d: { file: string; folder: string; images: readonly string[] }) =>
      `There is no secrets file ${d.file}, but ${d.folder} holds ${d.images[0] ?? ''}, which was built with one.`,
    hint: (d: { folder: string }) =>
      `Restore it from a backup: nodes of these images go on running, but what is built with new secrets cannot join them, nor log in to them. To found the cluster anew, move ${d.folder} away and flash all nodes.`,
  },
  SECRETS_LINK_BROKEN: {
    kind: 'input',
    message: (d: { file: string; target: string }) =>
      `The secrets file ${d.file} is a link to ${d.target}, which cannot be reached.`,
    hint: 'Mount or restore what it leads to. For a new cluster only, remove the link: once the secrets are made, they can be moved and linked again.',
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
      `The secrets file ${d.file} has version ${d.version}, which this bantam does not know.`,
    hint: 'Use the newer bantam that wrote it.',
  },
  SECRETS_VERSION_OLD: {
    kind: 'input',
    message: (d: { file: string; version: number }) =>
      `The secrets file ${d.file} has version ${d.version}, from before bantam made a cluster's certificates: a cluster founded with it has others.`,
    hint: 'Nodes that run go on running. For new images, move the file and out/<cluster>/ away: they found a new cluster, so flash all nodes anew.',
  },
  SECRETS_KEY_MISSING: {
    kind: 'input',
    message: (d: { file: string }) => `The secrets file ${d.file} is encrypted, and no key to it was given.`,
    hint: 'Set BANTAM_AGE_KEY to the age identity, BANTAM_AGE_KEY_FILE to its file, or BANTAM_AGE_PASSPHRASE.',
  },
  SECRETS_KEY_WRONG: {
    kind: 'input',
    message: (d: { file: string }) =>
      `The secrets file ${d.file} cannot be opened: it is damaged, or encrypted for another key than the one given.`,
    hint: 'Give the key that it was encrypted for (to change it, decrypt with that one first), or restore the file from a backup.',
  },
  SECRETS_ROTATION_WITHOUT_EFFECT: {
    kind: 'input',
    message: (d: { secret: string; reason: string }) => `Replacing ${d.secret} so would change nothing: ${d.reason}.`,
    hint: 'Choose another secret, or leave --node and --profile out. Keys of your own: change `admin.sshKeys`, build anew, and edit ~/.ssh/authorized_keys of running nodes.',
  },
  SECRETS_PREVIOUS_KEY_KEPT: {
    kind: 'input',
    message: (d: { file: string }) =>
      `${d.file} is still there, the key that running nodes know until they have got the new one.`,
    hint: 'Put the new key onto the nodes first, as the command that made it said; then delete that file.',
  },
  SECRETS_MODE: {
    kind: 'input',
    message: (d: { file: string; mode: string }) =>
      `The secrets file ${d.file} has mode ${d.mode}: others on this machine can read it.`,
    hint: (d: { file: string }) =>
      `Run \`chmod 600 ${d.file}\`; if anyone may have read it, found the cluster anew with new secrets.`,
  },
  SECRETS_UNWRITABLE: {
    kind: 'failure',
    message: (d: { file: string; reason: string }) => `The secrets file ${d.file} cannot be written (${d.reason}).`,
    hint: 'Make its folder writable: secrets are kept beside the cluster file.',
  },
  AGE_OWN_KEY_MISSING: {
    kind: 'input',
    message: () => 'Only others could read the secrets: no key of yours is given.',
    hint: 'Set BANTAM_AGE_KEY_FILE or BANTAM_AGE_KEY, and encrypt again: the file is then for you and for these recipients. A passphrase cannot be combined with them.',
  },
  AGE_RECIPIENT_INVALID: {
    kind: 'input',
    message: (d: { recipient: string }) => `${quote(d.recipient)} is no public key of age.`,
    hint: 'A public key starts with age1; age-keygen -y FILE prints that of a key file.',
  },
  AGE_RECIPIENT_MISSING: {
    kind: 'input',
    message: () => 'Nothing says for whom the secrets are to be encrypted.',
    hint: 'Set BANTAM_AGE_KEY_FILE or BANTAM_AGE_KEY to a key of age, or BANTAM_AGE_PASSPHRASE to a passphrase.',
  },
  AGE_KEY_UNREADABLE: {
    kind: 'input',
    message: (d: { file: string; reason: string }) =>
      `The file ${d.file}, which BANTAM_AGE_KEY_FILE names, cannot be read (${d.reason}).`,
    hint: 'Correct the path; age-keygen -o FILE writes such a file.',
  },
  AGE_KEY_INVALID: {
    kind: 'input',
    message: () => 'The key given for the secrets is no age identity.',
    hint: 'An identity is a line that starts with AGE-SECRET-KEY-1, as age-keygen writes it.',
  },
} as const satisfies Record<string, ErrorEntry>
