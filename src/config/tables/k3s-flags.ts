/**
 * Rules for keys of /etc/rancher/k3s/config.yaml. The list of keys is in `model/k3s-flags`. k3s only warns of a key that it does not know,
 * and ignores it; so bantam must find a misspelt key.
 */
const tokens = 'bantam makes the tokens and keeps them in the secrets file'
const oneNode = 'it would be the same on every node'

/** Keys that the user must not set, each with the key of cluster.yaml to use instead, or with the reason. */
export const reservedFlags: Readonly<Record<string, string>> = {
  config: 'k3s reads /etc/rancher/k3s/config.yaml, which bantam writes',
  token: tokens,
  'token-file': tokens,
  'agent-token': tokens,
  'agent-token-file': tokens,
  server: 'use `k3s.endpoint`',
  'cluster-init': 'use `k3s.datastore: etcd`',
  'cluster-reset': 'run it by hand on the server that is to be reset',
  'cluster-reset-restore-path': 'run it by hand on the server that is to be reset',
  'datastore-endpoint': 'use `k3s.datastore`',
  disable: 'use `k3s.disable`',
  'tls-san': 'use `k3s.tlsSans`',
  'node-name': 'use `name` of the node',
  'with-node-id': 'nodes keep their names, so that a card can be flashed again',
  'node-ip': 'use `address` of the node',
  'advertise-address': oneNode,
  'bind-address': oneNode,
  'node-external-ip': oneNode,
  'node-external-dns': oneNode,
  'node-internal-dns': oneNode,
  'node-label': 'use `labels`',
  'node-taint': 'use `taints`',
  'data-dir': 'files are placed below /var/lib/rancher/k3s',
  rootless: 'k3s is run by its system unit, as root',
  'https-listen-port': 'nodes join at port 6443',
  'supervisor-port': 'nodes join at port 6443',
  'disable-agent': 'every server is a node that images are built for',
}

/** Keys whose value is a secret, each with the key that names a file or a Kubernetes secret instead. */
export const secretFlags: Readonly<Record<string, string>> = {
  'etcd-s3-access-key': '`etcd-s3-config-secret`',
  'etcd-s3-secret-key': '`etcd-s3-config-secret`',
  'etcd-s3-session-token': '`etcd-s3-config-secret`',
  'vpn-auth': '`vpn-auth-file`',
}

/** Says whether a user may set a flag. */
export function isFlagAllowed(flag: string): boolean {
  return !Object.hasOwn(reservedFlags, flag) && !Object.hasOwn(secretFlags, flag)
}
