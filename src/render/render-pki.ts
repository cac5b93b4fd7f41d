import type { ClusterSecrets } from '../model/cluster-secrets.ts'
import type { NodePlan } from '../model/node-plan.ts'
import type { RenderedFile, RenderedFolder } from '../model/rendered-node.ts'
import { reveal } from '../model/secret.ts'
import { authorityFiles, type ClusterPki, formatAuthority } from '../pki/cluster-pki.ts'
import { plainFile } from './file-renderer.ts'
import { formatManifests, joinTokensOf } from './format-manifests.ts'
import { nodeSecretsOf } from './template-values.ts'

const SERVER = 'var/lib/rancher/k3s/server'
const TLS = `${SERVER}/tls`
/** Mode of folders that only root may read; k3s makes them with the same mode. */
const ROOT_ONLY = 0o700
const HOST_KEY = 'ssh_host_ed25519_key'

/** Lists the folders of the files that `renderPki` makes. */
export function pkiFolders(plan: NodePlan): readonly RenderedFolder[] {
  if (!carriesPki(plan)) return []
  return [SERVER, TLS, `${TLS}/etcd`, `${SERVER}/manifests`].map((path) => ({ path, mode: ROOT_ONLY }))
}

/** Renders the files by which k3s recognizes a node: its password and, on a server that carries them, the keys of the cluster. */
export function renderPki(plan: NodePlan, secrets: ClusterSecrets): readonly RenderedFile[] {
  if (plan.k3s === null) return []
  return [
    // Otherwise k3s would generate a password, and refuse the node after it was flashed again: pkg/agent/config, `ensureNodePassword`.
    text('etc/rancher/node/password', `${reveal(nodeSecretsOf(plan, secrets).password)}\n`),
    ...(carriesPki(plan) ? pkiFiles(reveal(secrets.pki)) : []),
    ...(plan.k3s.initialServer
      ? [
          text(
            `${SERVER}/manifests/bantam.yaml`,
            formatManifests(secrets.adminGroup, plan.k3s.joinTokens === 'own' ? joinTokensOf(secrets) : []),
          ),
        ]
      : []),
  ]
}

/** Renders the SSH host key, by which clients recognize a node, into a folder of the root file system. */
export function renderHostKey(plan: NodePlan, secrets: ClusterSecrets, folder: string): readonly RenderedFile[] {
  const { publicKey, privateKey } = nodeSecretsOf(plan, secrets).hostKey
  return [
    text(`${folder}/${HOST_KEY}`, reveal(privateKey)),
    plainFile('root', `${folder}/${HOST_KEY}.pub`, new TextEncoder().encode(`${publicKey}\n`), 0o644),
  ]
}

/**
 * Says whether a node's image holds the keys of the cluster. Servers on an external datastore start in any order, so each needs them. Other
 * servers get the keys from the initial server when they join. https://docs.k3s.io/cli/certificate
 */
export function carriesPki({ k3s }: NodePlan): boolean {
  return k3s?.role === 'server' && (k3s.initialServer || k3s.datastoreEndpoint !== null)
}

function pkiFiles(pki: ClusterPki): readonly RenderedFile[] {
  return [
    ...authorityFiles.flatMap((file) => [
      text(`${TLS}/${file}.crt`, formatAuthority(pki, file)),
      text(`${TLS}/${file}.key`, pki.authorities[file].key),
    ]),
    text(`${TLS}/service.key`, pki.serviceKey),
  ]
}

function text(path: string, content: string): RenderedFile {
  return plainFile('root', path, new TextEncoder().encode(content), 0o600)
}
