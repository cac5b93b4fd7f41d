import { sep } from 'node:path'
import { BuildError } from '../errors.ts'
import type { KeyedCertificate } from '../pki/certificate-authority.ts'
import { formatYaml } from '../text/format-yaml.ts'

/** A node as who logs in sees it. */
export interface LoginTarget {
  readonly name: string
  /** Address without prefix length, or a host name that leads to the node. */
  readonly host: string
  /** One line, as in authorized_keys. */
  readonly hostKey: string
}

export interface SshSettings {
  readonly user: string
  /** Path of the known_hosts file below. */
  readonly knownHostsFile: string
  /** Private keys of the user; empty: ssh's own choice. */
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
    .map(
      ({ name, host, hostKey }) =>
        `${[...new Set([name, host])].join(',')} ${hostKey.split(' ').slice(0, 2).join(' ')}\n`,
    )
    .join('')
}

/** Writes settings with which ssh knows the nodes and asks nothing: ssh_config(5). */
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
  const hosts = targets.map(({ name, host }) => [`Host ${name}`, `  HostName ${host}`, `  HostKeyAlias ${name}`])
  // The first value found counts, so what is common comes last.
  return [...hosts, [`Host ${targets.map(({ name }) => name).join(' ')}`, ...common.map((line) => `  ${line}`)]]
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n')
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
 * Quotes a path. In double quotes, ssh takes a backslash before a quote or a backslash, and expands `%` tokens and `${VARIABLE}`. Nothing keeps it
 * from the latter, and a setting is one line: ssh_config(5). Throws `ACCESS_PATH_UNSUPPORTED` for a path that it cannot name.
 */
function quoteSsh(path: string): string {
  const found = ['${', '\n', '\r'].find((text) => path.includes(text))
  if (found !== undefined) throw new BuildError('ACCESS_PATH_UNSUPPORTED', { path, text: JSON.stringify(found) })
  // Windows' OpenSSH takes slashes; elsewhere a backslash is a character of a name.
  const slashed = sep === '\\' ? path.replaceAll(sep, '/') : path
  // A leading tilde is a home folder, except in ./~
  const literal = slashed.startsWith('~') ? `./${slashed}` : slashed
  return `"${literal.replaceAll(/["\\]/g, '\\$&').replaceAll('%', '%%')}"`
}
