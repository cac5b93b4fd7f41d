import { join } from 'node:path'
import { formatKnownHosts, formatKubeconfig, formatSshConfig } from '../../exports/format-access.ts'
import { OWNER_ONLY } from '../../host/owner-only.ts'
import { writeFileAtomically } from '../../host/write-file-atomically.ts'
import type { ClusterSecrets } from '../../model/cluster-secrets.ts'
import type { Cluster } from '../../model/cluster.ts'
import { reveal, type Secret } from '../../model/secret.ts'
import type { KeyedCertificate } from '../../pki/certificate-authority.ts'
import { bundleOf } from '../../pki/cluster-pki.ts'
import { loginHost, planApiUrl } from '../../plan/plan-access.ts'
import { formatAdminManifest, formatTokenManifest, joinTokensOf } from '../../render/format-manifests.ts'
import { writePreviousKeys } from './previous-keys.ts'

/** The files for access to a cluster. They exist before any of its nodes is powered on. */
export interface AccessFiles {
  /** Private key for the nodes' admin user, if bantam made the pair; null otherwise. */
  readonly keyFile: string | null
  /** Private keys that were replaced, the newest first. Nodes accept one of them until they get the new key. */
  readonly previousKeyFiles: readonly string[]
  readonly sshConfig: string
  /** Null where no node is a server. */
  readonly kubeconfig: string | null
  /** Manifest of the agents' separate join tokens; null where they have none. */
  readonly joinTokens: JoinTokenFile | null
}

export interface JoinTokenFile {
  readonly path: string
  /** Time at which the first of them expires. */
  readonly expires: Date
}

const EVERYDAY_USER = 'bantam'

/** Writes the SSH configuration with all nodes' addresses and keys, the everyday kubeconfig, and the manifest of tokens for a running cluster. */
export async function writeAccess(
  folder: string,
  cluster: Cluster,
  secrets: ClusterSecrets,
  now: Date,
): Promise<AccessFiles> {
  const previousKeyFiles = await writePreviousKeys(folder, secrets)
  const keyFile = await writeKeyPair(folder, secrets)
  const knownHostsFile = join(folder, 'known_hosts')
  const sshConfig = join(folder, 'ssh_config')
  const targets = cluster.nodes.flatMap((node) => {
    const own = secrets.nodes.get(node.name)
    return own === undefined ? [] : [{ name: node.name, host: loginHost(node), hostKey: own.hostKey.publicKey }]
  })
  // ssh accepts any key that a line lists for the host: a node has an earlier key until it is flashed again.
  const knownKeys = targets.flatMap((target) => [
    target,
    ...(secrets.nodes.get(target.name)?.previousHostKeys ?? []).map((hostKey) => ({ ...target, hostKey })),
  ])
  await writeFileAtomically(knownHostsFile, formatKnownHosts(knownKeys), 0o644)
  await writeFileAtomically(
    sshConfig,
    formatSshConfig(targets, {
      user: cluster.admin.user,
      knownHostsFile,
      identityFiles: keyFile === null ? cluster.admin.identityFiles : [keyFile, ...previousKeyFiles],
    }),
    0o644,
  )
  await writeFileAtomically(join(folder, 'admins.yaml'), formatAdminManifest(secrets.adminGroup), 0o644)
  return {
    keyFile,
    previousKeyFiles,
    sshConfig,
    kubeconfig: await writeKubeconfig(join(folder, 'kubeconfig'), cluster, secrets, secrets.adminCertificate),
    joinTokens:
      cluster.k3s.joinTokenSeconds === null
        ? null
        : await writeJoinTokens(join(folder, 'join-tokens.yaml'), secrets, now),
  }
}

/** Writes a kubeconfig with one of the cluster's client certificates; null where no node is a server. */
export async function writeKubeconfig(
  path: string,
  cluster: Cluster,
  { pki }: ClusterSecrets,
  client: Secret<KeyedCertificate>,
): Promise<string | null> {
  const serverUrl = planApiUrl(cluster)
  if (serverUrl === null) return null
  const authority = bundleOf(reveal(pki), reveal(pki).authorities['server-ca'])
  await writeFileAtomically(
    path,
    formatKubeconfig({ clusterName: cluster.name, serverUrl, authority, user: EVERYDAY_USER, client: reveal(client) }),
    OWNER_ONLY,
  )
  return path
}

/** Writes the manifest of join tokens. The initial server's image holds it, too. A running cluster needs `kubectl apply`. */
async function writeJoinTokens(path: string, secrets: ClusterSecrets, now: Date): Promise<JoinTokenFile | null> {
  const tokens = joinTokensOf(secrets).filter(({ expires }) => expires > now)
  if (tokens.length === 0) return null
  await writeFileAtomically(path, formatTokenManifest(tokens), OWNER_ONLY)
  const newest = [...secrets.nodes.values()]
    .flatMap(({ joinTokens }) => joinTokens.slice(-1))
    .filter(({ expires }) => expires > now)
  return { path, expires: new Date(Math.min(...newest.map(({ expires }) => expires.getTime()))) }
}

/** Writes the key pair that bantam made, because ssh needs files; null where the user has a key. */
async function writeKeyPair(folder: string, { adminKeyPair }: ClusterSecrets): Promise<string | null> {
  if (adminKeyPair === null) return null
  const path = join(folder, 'id_ed25519')
  await writeFileAtomically(path, reveal(adminKeyPair.privateKey), OWNER_ONLY)
  await writeFileAtomically(`${path}.pub`, `${adminKeyPair.publicKey.trimEnd()}\n`, 0o644)
  return path
}
