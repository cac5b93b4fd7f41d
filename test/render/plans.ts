import type { ClusterMember, ClusterMembers } from '../../src/model/cluster-members.ts'
import type { ClusterSecrets } from '../../src/model/cluster-secrets.ts'
import type { NodeNetwork } from '../../src/model/cluster.ts'
import type { K3sPlan, NodePlan } from '../../src/model/node-plan.ts'
import { Secret } from '../../src/model/secret.ts'
import { authorityFiles, type ClusterPki, rootlessAuthorities } from '../../src/pki/cluster-pki.ts'
import { noPlaces } from '../support/no-places.ts'

export const serverToken = 'server-token-0123456789abcdef'
export const agentToken = 'agent-token-fedcba9876543210'
export const privateKey = '-----BEGIN OPENSSH PRIVATE KEY-----\nnot a real key\n-----END OPENSSH PRIVATE KEY-----\n'
export const wifiPassword = 'correct horse battery'
export const passwordHash = '$6$saltsalt$hash/of.a/password'
export const datastorePassword = 'da"ta$base%50\\`x'

/** PEM to look at, of no use as keys. */
const keyed = (name: string) => ({
  certificate: `-----BEGIN CERTIFICATE-----\n${name} certificate\n-----END CERTIFICATE-----\n`,
  key: `-----BEGIN EC PRIVATE KEY-----\n${name} key\n-----END EC PRIVATE KEY-----\n`,
})
export const rootHash = '0123456789abcdef'.repeat(4)
const pki: ClusterPki = {
  root: keyed('root'),
  authorities: Object.fromEntries(
    authorityFiles.map((file) => [
      file,
      rootlessAuthorities.includes(file) ? { ...keyed(file), content: 'alone' } : keyed(file),
    ]),
  ) as ClusterPki['authorities'],
  serviceKey: '-----BEGIN RSA PRIVATE KEY-----\nservice key\n-----END RSA PRIVATE KEY-----\n',
}
export const nodeSecrets = (name: string) => ({
  hostKey: {
    publicKey: `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${name} ${name}`,
    privateKey: new Secret(
      `-----BEGIN OPENSSH PRIVATE KEY-----\nhost key of ${name}\n-----END OPENSSH PRIVATE KEY-----\n`,
    ),
  },
  previousHostKeys: [],
  password: new Secret(`password-of-${name}`),
  joinTokens: [{ id: 'abc123', secret: new Secret(`secret-of-${name}`), expires: new Date('2026-11-22T12:00:00Z') }],
})

export const secrets: ClusterSecrets = {
  pki: new Secret(pki),
  authorities: [],
  previousAdminKeys: [],
  rootHash,
  adminGroup: 'home:admins',
  adminCertificate: new Secret(keyed('admin')),
  breakGlass: new Secret(keyed('break-glass')),
  nodes: new Map(
    ['server-1', 'server-2', 'server-3', 'worker-1', 'cam-1', 'lb-1', 'lb-2'].map((name) => [name, nodeSecrets(name)]),
  ),
  serverToken: new Secret(serverToken),
  agentToken: new Secret(agentToken),
  passwordSalt: 'saltsaltsaltsalt',
  adminKeyPair: {
    publicKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExample home@bantam\n',
    privateKey: new Secret(privateKey),
  },
}

const network: NodeNetwork = {
  interfaceName: 'eth0',
  address: null,
  gateway: null,
  dns: [],
  searchDomains: [],
  ntp: [],
  clockWaitSeconds: 180,
  mac: null,
  wifi: null,
}

const k3s: K3sPlan = {
  role: 'server',
  unit: 'k3s',
  version: 'v1.36.4+k3s1',
  install: 'online',
  releaseUrl: 'https://github.com/k3s-io/k3s/releases/download',
  sha256: {},
  joinTokens: 'shared',
  initialServer: true,
  join: null,
  peerUrls: [],
  datastoreEndpoint: null,
  config: { 'node-name': 'server-1', 'tls-san': ['server-1', 'server-1.local'], 'write-kubeconfig-mode': '0640' },
}

const node: Omit<NodePlan, 'cluster'> = {
  places: noPlaces,
  clusterName: 'home',
  name: 'server-1',
  profile: 'server',
  profileChain: ['server', 'base'],
  board: 'pi5',
  os: ['raspios-13-lite'],
  admin: { user: 'bantam', sshKeys: [], identityFiles: [], password: null },
  timezone: 'Europe/London',
  network,
  packages: [],
  files: [],
  commands: [],
  cmdline: [],
  configTxt: [],
  k3s,
  multicastDns: true,
}

/** A server and a worker that find each other by name, on DHCP. */
export const starter = inOneCluster([
  node,
  {
    ...node,
    name: 'worker-1',
    profile: 'worker',
    profileChain: ['worker', 'base'],
    k3s: {
      ...k3s,
      role: 'agent',
      unit: 'k3s-agent',
      initialServer: false,
      join: { url: 'https://server-1.local:6443', resolveName: 'server-1.local' },
      config: { 'node-name': 'worker-1' },
    },
  },
])

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Fixed addresses, Wi-Fi, packages, files, commands, a password, an external datastore. */
export const studio = inOneCluster([
  {
    ...node,
    clusterName: 'studio',
    admin: {
      user: 'ada',
      sshKeys: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAda ada@desk', 'ssh-rsa AAAAB3Nza ada@phone'],
      identityFiles: [],
      password: { form: 'hash', text: new Secret(passwordHash) },
    },
    network: {
      ...network,
      address: '10.0.0.10/24',
      gateway: '10.0.0.1',
      dns: ['10.0.0.1', 'fd00::53'],
      searchDomains: ['studio.example'],
      ntp: ['10.0.0.1', 'time.example.org'],
      mac: 'd8:3a:dd:00:00:01',
    },
    packages: ['nfs-common', 'htop'],
    files: [
      { path: '/etc/motd', content: encode('Studio\n'), mode: 0o644, owner: 'root:root' },
      { path: '/home/ada/.config/notes.txt', content: encode('caf\u00e9\n'), mode: 0o600, owner: 'ada' },
      { path: "/srv/it's here/data", content: Uint8Array.of(0, 255, 10), mode: 0o640, owner: 'ada:users' },
    ],
    commands: ['echo "50% of $HOME: yes" > /root/hello', 'if true; then\n  exit 3\nfi'],
    cmdline: ['usb-storage.quirks=152d:0578:u', 'cgroup_enable=memory'],
    configTxt: ['dtparam=pciex1'],
    k3s: {
      ...k3s,
      install: 'offline',
      sha256: { 'k3s-arm64': 'a'.repeat(64), k3s: 'b'.repeat(64) },
      datastoreEndpoint: new Secret(`postgres://k3s:${datastorePassword}@10.0.0.2:5432/k3s`),
      config: {
        'node-name': 'server-1',
        'node-label': ['disk=ssd', 'zone=1:30'],
        disable: ['traefik'],
        'kubelet-arg': ['max-pods=50'],
      },
    },
    multicastDns: false,
  },
  {
    ...node,
    clusterName: 'studio',
    name: 'cam-1',
    profile: 'camera',
    profileChain: ['camera'],
    board: 'zero2w',
    network: {
      ...network,
      interfaceName: 'wlan0',
      wifi: { ssid: 'Caf\u00e9 "5G": yes', password: new Secret(wifiPassword), country: 'GB', hidden: true },
    },
    k3s: null,
    multicastDns: false,
  },
])

/** Three servers with embedded etcd. */
export const etcd = inOneCluster(
  [1, 2, 3].map((number) => ({
    ...node,
    clusterName: 'etcd',
    name: `server-${number}`,
    network: { ...network, address: `192.168.1.1${number}/24`, gateway: '192.168.1.1', dns: ['192.168.1.1'] },
    k3s: {
      ...k3s,
      initialServer: number === 1,
      peerUrls: number === 1 ? ['https://192.168.1.12:6443', 'https://192.168.1.13:6443'] : [],
      join: number === 1 ? null : { url: 'https://192.168.1.11:6443', resolveName: null },
      config: {
        'node-name': `server-${number}`,
        'node-ip': `192.168.1.1${number}`,
        ...(number === 1 && { 'cluster-init': true }),
      },
    },
    multicastDns: false,
  })),
)

/** Completes plans by what each of them tells the others. */
export function inOneCluster(plans: readonly Omit<NodePlan, 'cluster'>[]): readonly NodePlan[] {
  const nodes = plans.map(({ name, profile, board, network, k3s }): ClusterMember => {
    const address = network.address?.split('/')[0] ?? null
    return { name, profile, board, role: k3s?.role ?? 'none', address, host: address ?? `${name}.local`, labels: {} }
  })
  const cluster: ClusterMembers = {
    name: plans[0]?.clusterName ?? '',
    endpoint: null,
    nodes,
    servers: nodes.filter(({ role }) => role === 'server'),
    agents: nodes.filter(({ role }) => role === 'agent'),
  }
  return plans.map((plan) => ({ ...plan, cluster }))
}
