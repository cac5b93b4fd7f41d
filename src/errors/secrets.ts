import { quote } from './config/quote-value.ts'
import type { ErrorEntry } from './error-entry.ts'
import { firstNames } from './first-names.ts'
import { docsPage } from './shared-hints.ts'

const MOST_NAMES = 20

/** Failures of the secrets file and of the keys to it. */
export const secretsErrors = {
  SECRETS_INVALID: {
    kind: 'input',
    message: (d: { file: string; reason: string }) => `The secrets file ${d.file} cannot be used: ${d.reason}.`,
    hint: 'Restore it from a backup. Move it, out/<cluster>/ and out/<cluster>.access/ away only for a new cluster: new secrets do not work with a running one.',
    example: { file: '/home/anna/cluster/home.secrets.yaml', reason: 'it is not a map in YAML' },
  },
  SECRETS_MISSING: {
    kind: 'input',
    message: (d: { file: string }) => `There is no secrets file ${d.file}.`,
    hint: 'The first build makes it. If it is lost, restore it from a backup: without it, nodes that you flash again cannot join. Otherwise start a new cluster and flash all nodes.',
    example: { file: '/home/anna/cluster/home.secrets.yaml' },
  },
  SECRETS_LOST: {
    kind: 'input',
    message: (d: { file: string; folder: string; images: readonly string[] }) =>
      `There is no secrets file ${d.file}, but ${d.folder} holds ${d.images[0] ?? ''}, which was made with one.`,
    hint: (d: { folder: string }) =>
      `Restore it from a backup. Nodes that were built with it keep running, but images with new secrets cannot join them. To start a new cluster, move out/<cluster>/ and out/<cluster>.access/ away, and flash all nodes. If ${d.folder} belongs to another cluster of the same name, give another folder with --out DIR.`,
    example: {
      file: '/home/anna/cluster/home.secrets.yaml',
      folder: '/home/anna/cluster/out/home',
      images: ['worker-1.img.xz'],
    },
  },
  SECRETS_NOT_HIDDEN: {
    kind: 'input',
    severity: 'warning',
    message: (d: { file: string; line: string; reason: string; secretsFile: string }) =>
      `${d.file} was not changed (${d.reason}), so git does not ignore ${d.secretsFile} and its unfinished copies.`,
    hint: (d: { line: string }) => `Add the line \`${d.line}\` to that file, or to .git/info/exclude.`,
    example: { file: '.gitignore', line: '*.secrets.yaml*', reason: 'EACCES', secretsFile: 'home.secrets.yaml' },
  },
  SECRETS_LINK_BROKEN: {
    kind: 'input',
    message: (d: { file: string; target: string }) =>
      `The secrets file ${d.file} is a link to ${d.target}, which is not available.`,
    hint: 'Mount or restore the target of the link. For a new cluster, remove the link and build; then move the new file and link it again.',
    example: { file: '/home/anna/cluster/home.secrets.yaml', target: '/media/anna/vault/home.secrets.yaml' },
  },
  SECRETS_OTHER_CLUSTER: {
    kind: 'input',
    message: (d: { file: string; expected: string; actual: string }) =>
      `The secrets file ${d.file} belongs to the cluster ${quote(d.actual)}, not to ${quote(d.expected)}.`,
    hint: 'Correct `name` in the cluster file, or move the secrets file away if it was copied by mistake.',
    example: { file: '/home/anna/cluster/home.secrets.yaml', expected: 'home', actual: 'lab' },
  },
  SECRETS_VERSION_UNKNOWN: {
    kind: 'input',
    message: (d: { file: string; version: number }) =>
      `The secrets file ${d.file} has version ${d.version}, which this version of bantam does not know.`,
    hint: 'Use the newer bantam that wrote it.',
    example: { file: '/home/anna/cluster/home.secrets.yaml', version: 9 },
  },
  SECRETS_VERSION_OLD: {
    kind: 'input',
    message: (d: { file: string; version: number }) =>
      `The secrets file ${d.file} has version ${d.version}, from before bantam made a cluster's certificates: a cluster started with it has other certificates.`,
    hint: 'Running nodes keep running. For new images, move the file, out/<cluster>/ and out/<cluster>.access/ away, then flash all nodes: they form a new cluster.',
    example: { file: '/home/anna/cluster/home.secrets.yaml', version: 1 },
  },
  SECRETS_KEY_MISSING: {
    kind: 'input',
    message: (d: { file: string }) => `The secrets file ${d.file} is encrypted, and no key was given.`,
    hint: 'Set BANTAM_AGE_KEY to the age identity, BANTAM_AGE_KEY_FILE to its file, or BANTAM_AGE_PASSPHRASE.',
    example: { file: '/home/anna/cluster/home.secrets.yaml' },
  },
  SECRETS_KEY_WRONG: {
    kind: 'input',
    message: (d: { file: string }) =>
      `The secrets file ${d.file} cannot be opened: it is damaged, or encrypted for another key.`,
    hint: 'Give the key that it was encrypted for, or restore the file from a backup. To change the key, decrypt with the old one first.',
    example: { file: '/home/anna/cluster/home.secrets.yaml' },
  },
  SECRETS_ROTATION_WITHOUT_EFFECT: {
    kind: 'input',
    message: (d: { secret: string; reason: string }) =>
      `Rotating ${d.secret} like this would change nothing: ${d.reason}.`,
    hint: 'Choose another secret, or omit --node and --profile. If you use your own SSH keys: change `admin.sshKeys`, build again, and edit ~/.ssh/authorized_keys on running nodes.',
    example: { secret: 'server-token', reason: 'all nodes share this secret' },
  },
  SECRETS_PREVIOUS_KEY_KEPT: {
    kind: 'input',
    message: (d: { file: string; secretsFile: string }) =>
      `${d.file} is a key that ${d.secretsFile} does not have: an earlier version of bantam replaced it.`,
    hint: 'Running nodes may accept only this key. Put the new key onto them with it, or move the file to another folder. Then rotate.',
    example: { file: 'out/home.access/id_ed25519.previous', secretsFile: 'home.secrets.yaml' },
  },
  SECRETS_ROTATED_WITHOUT_FILES: {
    kind: 'failure',
    message: (d: { secret: string; file: string; reason: string }) =>
      `${d.secret} has been replaced in ${d.file}, but the files that are made from it could not be written: ${d.reason}`,
    hint: 'Nothing is lost: the secrets file keeps the previous value. Do not rotate again. Correct the folder; the next `bantam build-image` or `bantam kubeconfig` writes the files.',
    example: {
      secret: 'admin-key',
      file: 'home.secrets.yaml',
      reason: 'The disk is full: out/home.access/known_hosts could not be finished.',
    },
  },
  SECRETS_FORGET_UNCLEAR: {
    kind: 'input',
    message: (d: { reason: string }) => `It is not clear which previous values to forget: ${d.reason}.`,
    hint: 'Name one secret, such as `bantam secrets forget admin-key`, or give --all. `bantam secrets show` lists the previous values and what still needs them.',
    example: { reason: 'neither a secret nor --all is given' },
  },
  SECRETS_LEFT_IN_FILES: {
    kind: 'input',
    severity: 'warning',
    message: (d: { folder: string; files: readonly string[] }) =>
      `Files in ${d.folder} still hold forgotten values: ${firstNames(d.files, MOST_NAMES)}.`,
    hint: 'Delete each file that no card needs. `bantam render` and `bantam build-image --no-secrets` write them again with the present values.',
    example: {
      folder: 'out/home.access',
      files: ['seeds/worker-1/root/etc/rancher/k3s/config.yaml', 'worker-1.secrets.tar'],
    },
  },
  SECRETS_LEFT_IN_IMAGES: {
    kind: 'input',
    severity: 'warning',
    message: (d: { folder: string; images: readonly string[] }) =>
      `Images in ${d.folder} may still hold forgotten values, because they are older than the present ones: ${firstNames(d.images, MOST_NAMES)}.`,
    hint: 'Build these images again, or delete them. Cards that were flashed from them hold the same values.',
    example: { folder: 'out/home', images: ['server-1.img.xz', 'worker-1.img.xz'] },
  },
  SECRETS_AUTHORITY_EXPIRED: {
    kind: 'input',
    message: (d: { file: string; authorities: readonly string[]; expired: string }) =>
      `Certificate authorities of ${d.file} expired on ${d.expired}: ${d.authorities.join(', ')}. No program accepts their certificates.`,
    hint: 'If the clock of this machine is right, start a new cluster: move the secrets file, out/<cluster>/ and out/<cluster>.access/ away, build, and flash all nodes. bantam cannot replace the authorities of a cluster.',
    example: {
      file: 'home.secrets.yaml',
      authorities: ['server-ca', 'client-ca', 'request-header-ca', 'etcd/peer-ca', 'etcd/server-ca'],
      expired: '2037-01-14T12:00:00Z',
    },
  },
  SECRETS_AUTHORITY_EXPIRES: {
    kind: 'input',
    severity: 'warning',
    message: (d: { authorities: readonly string[]; expires: string }) =>
      `Certificate authorities are valid until ${d.expires}: ${d.authorities.join(', ')}. After that, the cluster does not work.`,
    hint: `Before that day, start a new cluster, or replace them on the running one: see "When certificates expire" in ${docsPage('security')}.`,
    example: {
      authorities: ['server-ca', 'client-ca', 'request-header-ca', 'etcd/peer-ca', 'etcd/server-ca'],
      expires: '2037-01-14T12:00:00Z',
    },
  },
  SECRETS_AUTHORITIES_SHARED: {
    kind: 'input',
    severity: 'warning',
    message: (d: { authorities: readonly string[] }) =>
      `Certificate authorities of this cluster trust one root: ${d.authorities.join(', ')}. The certificate of any node, stolen from a card, opens what is meant for others: with datastore etcd, all data of the cluster.`,
    hint: 'An earlier version of bantam made them. Run `bantam secrets separate-authorities` and follow its steps: no node is flashed again, and all keys and tokens stay.',
    example: { authorities: ['client-ca', 'request-header-ca', 'etcd/peer-ca', 'etcd/server-ca'] },
  },
  SECRETS_MODE: {
    kind: 'input',
    message: (d: { file: string; mode: string }) =>
      `The secrets file ${d.file} has mode ${d.mode}: others on this machine can read it.`,
    hint: 'Run `chmod 600` on it. If anyone may have read it, start a new cluster with new secrets.',
    example: { file: '/home/anna/cluster/home.secrets.yaml', mode: '644' },
  },
  SECRETS_OWNER: {
    kind: 'input',
    message: (d: { file: string; owner: number; user: number }) =>
      `The secrets file ${d.file} belongs to user ${d.owner}, and bantam runs as user ${d.user}: its owner could choose the secrets of the cluster.`,
    hint: 'Run bantam as the owner of the file. Or check where the file came from, and make a copy that is yours.',
    example: { file: '/srv/cluster/home.secrets.yaml', owner: 1001, user: 0 },
  },
  SECRETS_UNWRITABLE: {
    kind: 'failure',
    message: (d: { file: string; reason: string }) => `The secrets file ${d.file} cannot be written (${d.reason}).`,
    hint: 'Make its folder writable: bantam keeps secrets beside the cluster file.',
    example: { file: '/home/anna/cluster/home.secrets.yaml', reason: 'EACCES' },
  },
  SECRETS_CHANGED_MEANWHILE: {
    kind: 'input',
    severity: 'warning',
    message: (d: { nodes: readonly string[] }) =>
      `The secrets changed while the images of ${d.nodes.join(', ')} were built, so these hold earlier ones.`,
    hint: 'Build these images again before you flash them.',
    example: { nodes: ['server-1', 'worker-1'] },
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
    example: undefined,
  },
  AGE_RECIPIENT_INVALID: {
    kind: 'input',
    message: (d: { recipient: string }) => `${quote(d.recipient)} is not a public key of age.`,
    hint: 'A public key starts with age1; age-keygen -y FILE prints that of a key file.',
    example: { recipient: 'anna@example.org' },
  },
  AGE_RECIPIENT_MISSING: {
    kind: 'input',
    message: () => 'No recipient is given for the encrypted secrets.',
    hint: 'Set BANTAM_AGE_KEY_FILE or BANTAM_AGE_KEY to a key of age, or BANTAM_AGE_PASSPHRASE to a passphrase.',
    example: undefined,
  },
  AGE_KEY_UNREADABLE: {
    kind: 'input',
    message: (d: { file: string; reason: string }) =>
      `The file ${d.file}, named by BANTAM_AGE_KEY_FILE, cannot be read (${d.reason}).`,
    hint: 'Correct the path; age-keygen -o FILE writes such a file.',
    example: { file: '/home/anna/.age/key.txt', reason: 'it does not exist' },
  },
  AGE_KEY_INVALID: {
    kind: 'input',
    message: () => 'The key given for the secrets is not an age identity.',
    hint: 'An identity is a line that starts with AGE-SECRET-KEY-1, as age-keygen writes it.',
    example: undefined,
  },
} as const satisfies Record<string, ErrorEntry>
