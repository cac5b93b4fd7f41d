import type { ErrorEntry } from '../error-entry.ts'
import { quote, suggest } from './quote-value.ts'

export const k3sErrors = {
  K3S_VERSION_INVALID: {
    kind: 'input',
    message: (d: { value: string }) => `${quote(d.value)} is not a version of k3s.`,
    hint: 'Write the whole version as the releases of k3s do, such as `v1.36.4+k3s1`.',
    example: { value: 'latest' },
  },
  K3S_DATASTORE_INVALID: {
    kind: 'input',
    message: () => 'The value of `datastore` is neither `sqlite` nor `etcd` nor the endpoint of a database.',
    hint: 'An endpoint starts with postgres://, mysql://, http:// or https:// and holds no spaces.',
    example: undefined,
  },
  JOIN_TOKEN_LIFETIME_INVALID: {
    kind: 'input',
    message: (d: { value: string }) => `${quote(d.value)} is not a lifetime for a join token.`,
    hint: 'Write a number of minutes, hours or days, such as 90m, 24h or 7d.',
    example: { value: '1 day' },
  },
  K3S_RELEASE_URL_INVALID: {
    kind: 'input',
    message: () =>
      'The value of `releaseUrl` is not an http or https address without user, password, query and fragment.',
    hint: 'Name the folder that holds one folder per version, such as `https://mirror.example/k3s`.',
    example: undefined,
  },
  K3S_SHA256_INVALID: {
    kind: 'input',
    message: () => 'A value below `sha256` is not a SHA-256 sum.',
    hint: 'Copy the 64 hexadecimal digits from sha256sum-arm64.txt of the release.',
    example: undefined,
  },
  K3S_ENDPOINT_INVALID: {
    kind: 'input',
    message: (d: { value: string }) => `${quote(d.value)} is neither a host name nor an address.`,
    hint: 'Write it without https:// and without a port, such as `k3s.example.org` or `192.168.1.5`; port 6443 is used.',
    example: { value: 'https://k3s.example.org:6443' },
  },
  K3S_ENDPOINT_UNREACHABLE: {
    kind: 'input',
    message: (d: { value: string; reason: string }) =>
      `Nodes cannot reach the servers at ${quote(d.value)}: ${d.reason}.`,
    hint: 'Write the name or address of a server or of a load balancer before the servers; if it is missing, nodes join the first server.',
    example: { value: '127.0.0.1', reason: 'it names no machine, or each node itself' },
  },
  K3S_TLS_SAN_INVALID: {
    kind: 'input',
    message: (d: { value: string }) => `${quote(d.value)} is neither a host name nor an address.`,
    hint: 'Write it without https:// and without a port.',
    example: { value: 'k3s.example.org:6443' },
  },
  K3S_CONFIG_UNKNOWN_KEY: {
    kind: 'input',
    message: (d: {
      key: string
      section: string
      suggestion: string | null
      otherSection: string | null
      /** The minor version whose options bantam compared, if it is not that of the cluster. */
      otherVersion: string | null
    }) =>
      d.otherVersion === null
        ? `${quote(d.key)} is not an option of k3s that ${d.section} may hold.`
        : `${quote(d.key)} is not an option of k3s ${d.otherVersion} that ${d.section} may hold, and bantam does not know the options of the cluster's version.`,
    hint: (d: { suggestion: string | null; otherSection: string | null }) =>
      d.otherSection === null
        ? suggest(d.suggestion, 'See `k3s server --help` and `k3s agent --help`.')
        : `Move it to ${d.otherSection}, which may hold it.`,
    example: {
      key: 'flanel-backend',
      section: '`k3s.serverConfig`',
      suggestion: 'flannel-backend',
      otherSection: null,
      otherVersion: null,
    },
  },
  K3S_CONFIG_RESERVED_KEY: {
    kind: 'input',
    message: (d: { key: string; instead: string }) => `${quote(d.key)} is set by bantam.`,
    hint: (d: { instead: string }) => `Remove it: ${d.instead}.`,
    example: { key: 'token', instead: 'bantam makes the tokens and keeps them in the secrets file' },
  },
  K3S_CONFIG_SECRET_KEY: {
    kind: 'input',
    message: (d: { key: string; instead: string }) =>
      `${quote(d.key)} would put a secret in clear text beside the other options.`,
    hint: (d: { instead: string }) => `Use ${d.instead} instead.`,
    example: { key: 'etcd-s3-secret-key', instead: '`etcd-s3-config-secret`' },
  },
  K3S_SQLITE_SERVERS: {
    kind: 'input',
    message: (d: { count: number }) => `SQLite serves one server only, and the file describes ${d.count} servers.`,
    hint: 'Set `k3s.datastore` to `etcd` (three servers or more) or to an external database, or keep one server.',
    example: { count: 2 },
  },
  K3S_ETCD_EVEN: {
    kind: 'input',
    severity: 'warning',
    message: (d: { count: number }) =>
      `A cluster of ${d.count} etcd servers survives no more failures than one of ${d.count - 1}.`,
    hint: 'Use an odd number of servers: 1, 3 or 5.',
    example: { count: 2 },
  },
  K3S_AGENT_WITHOUT_SERVER: {
    kind: 'input',
    message: (d: { node: string }) => `The agent ${quote(d.node)} has no server to join: no node has the role server.`,
    hint: 'Add a node with the profile `server`.',
    example: { node: 'worker-1' },
  },
  K3S_POD_CIDR_SMALL: {
    kind: 'input',
    severity: 'warning',
    message: (d: { count: number; cidr: string; capacity: number }) =>
      `${d.count} nodes need more pod subnets than the ${d.capacity} that ${d.cidr} holds (a /24 for each node).`,
    hint: 'Set `cluster-cidr` in `k3s.serverConfig` to a larger network, such as 10.32.0.0/13, that does not overlap `service-cidr`.',
    example: { count: 257, cidr: '10.42.0.0/16', capacity: 256 },
  },
  K3S_CIDR_INVALID: {
    kind: 'input',
    message: (d: { key: string }) => `The value of ${quote(d.key)} is not a network.`,
    hint: 'Write an IPv4 network such as `10.42.0.0/16`, or an IPv4 and an IPv6 network with a comma between them.',
    example: { key: 'cluster-cidr' },
  },
  K3S_CIDR_SIZE: {
    kind: 'input',
    message: (d: { key: string; prefixLength: number; least: number; most: number }) =>
      `The network of ${quote(d.key)} has a prefix of ${d.prefixLength} bits, and k3s accepts only ${d.least} to ${d.most}.`,
    hint: 'Write a network such as `10.42.0.0/16` for `cluster-cidr` and `10.43.0.0/16` for `service-cidr`.',
    example: { key: 'service-cidr', prefixLength: 8, least: 12, most: 28 },
  },
  K3S_CIDR_OVERLAP: {
    kind: 'input',
    message: (d: { first: string; second: string }) => `${d.first} and ${d.second} overlap.`,
    hint: 'Choose other values for `cluster-cidr` or `service-cidr` in `k3s.serverConfig`, or another address.',
    example: { first: 'The pod network 10.42.0.0/15', second: 'the service network 10.43.0.0/16' },
  },
} as const satisfies Record<string, ErrorEntry>
