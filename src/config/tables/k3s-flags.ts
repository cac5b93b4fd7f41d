/**
 * Keys of /etc/rancher/k3s/config.yaml: the flags of `k3s server` and `k3s agent`
 * (https://github.com/k3s-io/k3s/tree/main/pkg/cli/cmds). k3s only warns about a key that it does not know and goes on
 * without it, so a misspelt one must be found here.
 */
const sharedFlags = `
  airgap-extra-registry alsologtostderr bind-address container-runtime-endpoint data-dir debug default-runtime
  disable-apiserver-lb disable-default-registry-endpoint docker enable-pprof flannel-cni-conf flannel-conf flannel-iface
  image-credential-provider-bin-dir image-credential-provider-config image-service-endpoint kube-proxy-arg kubelet-arg
  lb-server-port log node-external-dns node-external-ip node-internal-dns node-ip node-label node-name node-taint
  nonroot-devices pause-image prefer-bundled-bin private-registry protect-kernel-defaults resolv-conf rootless selinux server
  snapshotter token token-file v vmodule vpn-auth vpn-auth-file with-node-id`

const serverOnlyFlags = `
  advertise-address advertise-port agent-token agent-token-file apiserver-bind-address apiserver-port cluster-cidr
  cluster-dns cluster-domain cluster-init cluster-reset cluster-reset-restore-path datastore-cafile datastore-certfile
  datastore-endpoint datastore-keyfile default-local-storage-path disable disable-agent disable-apiserver
  disable-cloud-controller disable-controller-manager disable-etcd disable-helm-controller disable-kube-proxy
  disable-network-policy disable-scheduler egress-selector-mode embedded-registry etcd-arg etcd-disable-snapshots
  etcd-expose-metrics etcd-s3 etcd-s3-access-key etcd-s3-bucket etcd-s3-bucket-lookup-type etcd-s3-config-secret
  etcd-s3-endpoint etcd-s3-endpoint-ca etcd-s3-folder etcd-s3-insecure etcd-s3-proxy etcd-s3-region etcd-s3-retention
  etcd-s3-secret-key etcd-s3-session-token etcd-s3-skip-ssl-verify etcd-s3-timeout etcd-snapshot-compress
  etcd-snapshot-dir etcd-snapshot-name etcd-snapshot-reconcile-interval etcd-snapshot-retention
  etcd-snapshot-schedule-cron flannel-backend flannel-external-ip flannel-ipv6-masq helm-controller-arg helm-job-image
  https-listen-port kine-tls kube-apiserver-arg kube-cloud-controller-manager-arg kube-controller-manager-arg
  kube-scheduler-arg secrets-encryption secrets-encryption-provider service-cidr service-node-port-range
  servicelb-namespace supervisor-metrics supervisor-port system-default-registry tls-san tls-san-security
  write-kubeconfig write-kubeconfig-group write-kubeconfig-mode write-kubeconfig-name`

/** Every key that an agent's config.yaml may hold. */
export const agentFlags: readonly string[] = sharedFlags.trim().split(/\s+/)

/** Every key that a server's config.yaml may hold. */
export const serverFlags: readonly string[] = [...agentFlags, ...serverOnlyFlags.trim().split(/\s+/)].sort()

const tokens = 'bantam makes the tokens and keeps them in the secrets file'
const oneNode = 'it would be the same on every node'

/** Keys that bantam sets from the rest of the file, and where the user says the same. */
export const reservedFlags: Readonly<Record<string, string>> = {
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

/** Keys whose value is a secret, and the key that names a file or a Kubernetes secret instead. */
export const secretFlags: Readonly<Record<string, string>> = {
  'etcd-s3-access-key': '`etcd-s3-config-secret`',
  'etcd-s3-secret-key': '`etcd-s3-config-secret`',
  'etcd-s3-session-token': '`etcd-s3-config-secret`',
  'vpn-auth': '`vpn-auth-file`',
}
