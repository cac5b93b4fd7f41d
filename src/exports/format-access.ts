import { sep } from 'node:path'
import { BuildError } from '../errors.ts'
import type { KeyedCertificate } from '../pki/certificate-authority.ts'
import { formatYaml } from '../text/format-yaml.ts'

/** A node as who logs in sees it. */
export interface LoginTarget {
  readonly name: string
  /** Address without prefix length, or a host name that leads to the node. */
  readonly host: string
  /** The keys by which the node may identify itself, each one line, as in authorized_keys. */
  readonly hostKeys: readonly string[]
}

export interface SshSettings {
  readonly user: string
  /** Path of the known_hosts file below. */
  readonly knownHostsFile: string
  /** Private keys of the user, the first one that exists counts; empty: ssh's own choice. Relative to where ssh is started. */
  readonly identityFiles: readonly string[]
}

export interface KubeconfigSettings {
  readonly clusterName: string
  readonly serverUrl: string
  /** Certificates that the server's must lead to, in PEM. */
  readonly authority: string
  readonly user: string
  readonly client: KeyedCertificate
}

/** Writes host keys as ssh keeps them: sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT". */
export function formatKnownHosts(targets: readonly LoginTarget[]): string {
  return targets
    .flatMap(({ name, host, hostKeys }) =>
      hostKeys.map((key) => `${[...new Set([name, host])].join(',')} ${withoutComment(key)}\n`),
    )
    .join('')
}

const SSH_HEADER = `# How ssh reaches the nodes: ssh -F PATH/ssh_config NODE
# The script beside this file does the same, also where its folder was moved or copied to: PATH/ssh NODE
# OpenSSH before 8.5 has no KnownHostsCommand and reads host keys from known_hosts only.
IgnoreUnknown KnownHostsCommand
`

/**
 * Writes settings with which ssh knows the nodes and asks nothing: ssh_config(5). They contain the host keys, because
 * ssh_config has no word for the folder that the file is in, and relative paths start where ssh is started. A host key
 * must never come from there, as anybody may own that folder.
 */
export function formatSshConfig(
  targets: readonly LoginTarget[],
  { user, knownHostsFile, identityFiles }: SshSettings,
): string {
  const common = [
    `User ${user}`,
    `UserKnownHostsFile ${quoteSsh(knownHostsFile)}`,
    'GlobalKnownHostsFile none',
    'StrictHostKeyChecking yes',
    'HostKeyAlgorithms ssh-ed25519',
    ...identityFiles.map((file) => `IdentityFile ${quoteSsh(file)}`),
    ...(identityFiles.length === 0 ? [] : ['IdentitiesOnly yes']),
  ]
  const hosts = targets.map(({ name, host, hostKeys }) => [
    `Host ${name}`,
    `  HostName ${host}`,
    `  HostKeyAlias ${name}`,
    `  KnownHostsCommand /bin/sh -c "${hostKeys.map((key) => `echo '${name} ${withoutComment(key)}'`).join('; ')}"`,
  ])
  // The first value found counts, so what is common comes last.
  const all = [`Host ${targets.map(({ name }) => name).join(' ')}`, ...common.map((line) => `  ${line}`)]
  return [SSH_HEADER, ...[...hosts, all].map((lines) => `${lines.join('\n')}\n`)].join('\n')
}

/** Returns the type and the base64 of a key, in which no character is special for a shell or for ssh. */
function withoutComment(key: string): string {
  return key.split(' ').slice(0, 2).join(' ')
}

/** Writes what `kubectl` needs: https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/ */
export function formatKubeconfig({ clusterName, serverUrl, authority, user, client }: KubeconfigSettings): string {
  const base64 = (text: string): string => Buffer.from(text).toString('base64')
  return `${formatYaml(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        { name: clusterName, cluster: { server: serverUrl, 'certificate-authority-data': base64(authority) } },
      ],
      users: [
        {
          name: user,
          user: { 'client-certificate-data': base64(client.certificate), 'client-key-data': base64(client.key) },
        },
      ],
      contexts: [{ name: clusterName, context: { cluster: clusterName, user } }],
      'current-context': clusterName,
    },
    0,
  )}\n`
}

/**
 * Quotes a path. In double quotes, ssh takes a backslash before a quote or a backslash, and expands `%` tokens and
 * `${VARIABLE}`. Nothing keeps it from the latter, and a setting is one line: ssh_config(5). A leading tilde is a home
 * folder, also in quotes. Throws `ACCESS_PATH_UNSUPPORTED` for a path that it cannot name.
 */
function quoteSsh(path: string): string {
  const found = ['${', '\n', '\r'].find((text) => path.includes(text))
  if (found !== undefined) throw new BuildError('ACCESS_PATH_UNSUPPORTED', { path, text: JSON.stringify(found) })
  // Windows' OpenSSH takes slashes; elsewhere a backslash is a character of a name.
  const slashed = sep === '\\' ? path.replaceAll(sep, '/') : path
  return `"${slashed.replaceAll(/["\\]/g, '\\$&').replaceAll('%', '%%')}"`
}
