import type { ErrorEntry } from '../error-entry.ts'
import type { Problem } from '../problem.ts'
import { docsPage } from '../shared-hints.ts'
import { quote, suggest } from './quote-value.ts'

export const shapeErrors = {
  CLUSTER_INVALID: {
    kind: 'input',
    message: (d: { problems: readonly Problem[] }) => {
      const errors = d.problems.filter((problem) => problem.severity === 'error')
      const lines = errors.map(
        (p) => `${p.file}${p.line === null ? '' : `:${p.line}:${p.column ?? 1}`}: ${p.message} ${p.hint} [${p.code}]`,
      )
      return [
        `${errors.length === 1 ? 'One error' : `${errors.length} errors`} in the description of the cluster:`,
        ...lines,
      ].join('\n')
    },
    hint: 'Correct the file at these places and run the command again.',
    example: {
      problems: [
        {
          severity: 'error',
          code: 'CLUSTER_UNKNOWN_KEY',
          message: '`adress` is not a known key here.',
          hint: 'Did you mean `address`?',
          file: 'cluster.yaml',
          line: 4,
          column: 5,
        },
      ],
    },
  },
  CLUSTER_UNKNOWN_KEY: {
    kind: 'input',
    message: (d: { key: string; suggestion: string | null; known: readonly string[] }) =>
      `${quote(d.key)} is not a known key here.`,
    hint: (d: { suggestion: string | null; known: readonly string[] }) =>
      suggest(d.suggestion, d.known.length === 0 ? 'Remove it.' : `Known keys are ${d.known.join(', ')}.`),
    example: {
      key: 'adress',
      known: [
        'name',
        'profile',
        'board',
        'address',
        'mac',
        'os',
        'timezone',
        'network',
        'packages',
        'files',
        'commands',
        'labels',
        'taints',
        'cmdline',
        'configTxt',
      ],
      suggestion: 'address',
    },
  },
  CLUSTER_MISSING_KEY: {
    kind: 'input',
    message: (d: { key: string }) => `The key ${quote(d.key)} is missing.`,
    hint: (d: { key: string }) => `Add ${quote(d.key)}. An example is in ${docsPage('cluster-yaml')}.`,
    example: { key: 'name' },
  },
  CLUSTER_WRONG_TYPE: {
    kind: 'input',
    message: (d: { key: string; expected: string; actual: string }) =>
      `${quote(d.key)} is ${d.actual}, where ${d.expected} is needed.`,
    hint: (d: { expected: string; actual: string }) =>
      d.expected === 'text' && (d.actual === 'a number' || d.actual === 'true or false')
        ? 'Put the value in quotes.'
        : `Write ${d.expected}. An example is in ${docsPage('cluster-yaml')}.`,
    example: { key: 'labels.gpu', expected: 'text', actual: 'true or false' },
  },
  CLUSTER_UNKNOWN_VALUE: {
    kind: 'input',
    message: (d: { key: string; value: string; suggestion: string | null; allowed: readonly string[] }) =>
      `${quote(d.value)} is not a possible value of ${quote(d.key)}.`,
    // All of them, since the nearest in letters is often another thing: pi3 is not what pi6 means.
    hint: (d: { suggestion: string | null; allowed: readonly string[] }) =>
      `${d.suggestion === null ? '' : `Did you mean ${quote(d.suggestion)}? `}Use one of ${d.allowed.join(', ')}.`,
    example: {
      key: 'nodes[0].board',
      value: 'pi44',
      suggestion: null,
      allowed: ['any', 'pi3', 'pi4', 'pi400', 'pi5', 'pi500', 'cm4', 'cm5', 'zero2w'],
    },
  },
  CLUSTER_VALUE_INVALID: {
    kind: 'input',
    message: (d: { key: string; reason: string }) => `The value of ${quote(d.key)} ${d.reason}.`,
    hint: `Correct the value. An example of every key is in ${docsPage('cluster-yaml')}.`,
    example: { key: 'os', reason: 'is empty' },
  },
  CLUSTER_NAME_INVALID: {
    kind: 'input',
    message: (d: { value: string }) => `${quote(d.value)} cannot be the name of a cluster.`,
    hint: 'Use 1 to 63 lower-case letters, digits and hyphens, starting and ending with a letter or digit.',
    example: { value: '../home' },
  },
  CLUSTER_NAME_RESERVED: {
    kind: 'input',
    message: (d: { name: string }) =>
      `${quote(d.name)} cannot be the name of a cluster: Windows keeps it for a device, so no folder could have that name.`,
    hint: 'Choose another name, such as `con-1` instead of `con`.',
    example: { name: 'con' },
  },
  CLUSTER_NODES_MISSING: {
    kind: 'input',
    message: () => 'The list `nodes` is empty.',
    hint: 'Add a node, such as `- {name: server-1, profile: server}`.',
    example: undefined,
  },
  CLUSTER_TOO_MANY_NODES: {
    kind: 'input',
    message: (d: { count: number; limit: number }) =>
      `The file describes ${d.count} nodes; Kubernetes carries ${d.limit}.`,
    hint: 'Shorten a range, or split the fleet into several clusters.',
    example: { count: 6001, limit: 5000 },
  },
  TIMEZONE_RENAMED: {
    kind: 'input',
    message: (d: { value: string; current: string }) =>
      `${quote(d.value)} is an old name of a time zone, which current images no longer contain.`,
    hint: (d: { current: string }) => `Write ${quote(d.current)}.`,
    example: { value: 'Asia/Calcutta', current: 'Asia/Kolkata' },
  },
  TIMEZONE_UNKNOWN: {
    kind: 'input',
    message: (d: { value: string; suggestion: string | null }) => `${quote(d.value)} is not a known time zone.`,
    hint: (d: { suggestion: string | null }) =>
      suggest(d.suggestion, 'Use a name of the IANA time zone database, such as `Europe/London` or `Etc/UTC`.'),
    example: { value: 'Europe/Londn', suggestion: 'Europe/London' },
  },
} as const satisfies Record<string, ErrorEntry>

export const profileErrors = {
  PROFILE_UNKNOWN: {
    kind: 'input',
    message: (d: { profile: string; suggestion: string | null; known: readonly string[] }) =>
      `There is no profile ${quote(d.profile)}.`,
    hint: (d: { profile: string; suggestion: string | null; known: readonly string[] }) =>
      suggest(
        d.suggestion,
        `Use one of ${d.known.join(', ')}, or write ${d.profile}.yaml into a folder \`profiles\` beside the cluster file.`,
      ),
    example: { profile: 'sever', known: ['base', 'server', 'worker'], suggestion: 'server' },
  },
  PROFILE_CYCLE: {
    kind: 'input',
    message: (d: { chain: readonly string[] }) => `Profiles extend each other in a circle: ${d.chain.join(' → ')}.`,
    hint: 'Remove one `extends`, so that the chain ends.',
    example: { chain: ['red', 'blue', 'red'] },
  },
  PROFILE_ROLE_MISSING: {
    kind: 'input',
    message: (d: { profile: string }) =>
      `Neither the profile ${quote(d.profile)} nor one that it extends sets the role of its nodes.`,
    hint: 'Add `role: server`, `role: agent` or `role: none` to the profile, or let it extend `server` or `worker`.',
    example: { profile: 'gpu' },
  },
  PROFILE_NAME_INVALID: {
    kind: 'input',
    message: (d: { value: string }) => `${quote(d.value)} cannot be the name of a profile.`,
    hint: 'Use 1 to 63 lower-case letters, digits and hyphens, starting and ending with a letter or digit.',
    example: { value: '../server' },
  },
} as const satisfies Record<string, ErrorEntry>

export const adminErrors = {
  ADMIN_USER_INVALID: {
    kind: 'input',
    message: (d: { value: string }) => `${quote(d.value)} cannot be the name of a Linux user.`,
    hint: 'Start with a lower-case letter and use at most 32 lower-case letters, digits, hyphens and underscores.',
    example: { value: 'Bantam' },
  },
  ADMIN_USER_RESERVED: {
    kind: 'input',
    message: (d: { user: string }) => `The user or group ${quote(d.user)} belongs to the operating system.`,
    hint: 'Choose another name for the admin user.',
    example: { user: 'root' },
  },
  ADMIN_PASSWORD_INVALID: {
    kind: 'input',
    message: () => 'The value of `password` is not 8 to 128 characters without control characters.',
    hint: 'Choose a longer one; put it in quotes if it contains other characters than letters and digits.',
    example: undefined,
  },
  ADMIN_PASSWORD_TWICE: {
    kind: 'input',
    message: () => '`password` and `passwordHash` are both given.',
    hint: 'Keep one of them.',
    example: undefined,
  },
  ADMIN_PASSWORD_HASH_INVALID: {
    kind: 'input',
    message: () => 'The value of `passwordHash` is not a hash as crypt(3) makes it with SHA-256, SHA-512 or yescrypt.',
    hint: 'Make one with `openssl passwd -6` or `mkpasswd`, and put it in single quotes; a password in clear text goes into `password`.',
    example: undefined,
  },
  ADMIN_SSH_KEY_INVALID: {
    kind: 'input',
    message: (d: { place: string; reason: string }) => `${d.place} is not an OpenSSH public key: ${d.reason}.`,
    hint: 'Use the line that `ssh-keygen` writes into the file that ends in .pub.',
    example: { place: 'This entry of `sshKeys`', reason: 'its data are cut off or damaged' },
  },
  ADMIN_SSH_KEY_PRIVATE: {
    kind: 'input',
    message: (d: { place: string }) => `${d.place} is a private key.`,
    hint: 'Name the public key, the file that ends in .pub. If the private key was shared with anyone, replace it.',
    example: { place: 'This entry of `sshKeys`' },
  },
  ADMIN_SSH_KEY_FILE_MISSING: {
    kind: 'input',
    severity: 'warning',
    message: (d: { path: string }) => `The SSH key file ${quote(d.path)} does not exist; bantam skips it.`,
    hint: 'Correct the path, or make a key with `ssh-keygen -t ed25519`. Without any key, bantam makes a pair and keeps it with the secrets.',
    example: { path: '~/.ssh/absent.pub' },
  },
} as const satisfies Record<string, ErrorEntry>
