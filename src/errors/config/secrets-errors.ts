import type { ErrorEntry } from '../error-entry.ts'
import { quote } from './quote-value.ts'

export const secretsErrors = {
  SECRETS_INVALID: {
    kind: 'input',
    message: (d: { file: string; reason: string }) => `The secrets file ${d.file} cannot be used: ${d.reason}.`,
    hint: 'Restore it from a backup. Move it away only for a new cluster: new secrets do not open a running one.',
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
  SECRETS_MODE: {
    kind: 'input',
    message: (d: { file: string; mode: string }) =>
      `The secrets file ${d.file} has mode ${d.mode}: others on this machine can read it.`,
    hint: (d: { file: string }) =>
      `Run \`chmod 600 ${d.file}\`; if anyone may have read it, found the cluster anew with new secrets.`,
  },
  SECRETS_LOCKED: {
    kind: 'failure',
    message: (d: { lockFile: string }) =>
      `Another build has been writing the secrets for too long; it holds ${d.lockFile}.`,
    hint: (d: { lockFile: string }) => `If no other build is running, delete ${d.lockFile} and run the command again.`,
  },
  SECRETS_UNWRITABLE: {
    kind: 'failure',
    message: (d: { file: string; reason: string }) => `The secrets file ${d.file} cannot be written (${d.reason}).`,
    hint: 'Make its folder writable: secrets are kept beside the cluster file.',
  },
} as const satisfies Record<string, ErrorEntry>
