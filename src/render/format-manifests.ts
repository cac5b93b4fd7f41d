import type { ClusterSecrets, JoinToken } from '../model/cluster-secrets.ts'
import { reveal } from '../model/secret.ts'
import { formatYaml } from '../text/format-yaml.ts'

/** The uses of a bootstrap token, as in `k3s token create`: pkg/kubeadm of k3s. */
const TOKEN_USES = {
  'usage-bootstrap-authentication': 'true',
  'usage-bootstrap-signing': 'true',
  'auth-extra-groups': 'system:bootstrappers:k3s:default-node-token',
}

/**
 * Formats the manifest that the initial server applies at its start. It binds the everyday administrators to their rights (delete the
 * binding to revoke them), and holds the separate join tokens of agents.
 * https://docs.k3s.io/installation/packaged-components#auto-deploying-manifests-addons
 */
export function formatManifests(adminGroup: string, tokens: readonly JoinToken[]): string {
  return formatAll([adminBinding(adminGroup), ...tokens.map(tokenSecret)])
}

/** Formats the manifest that gives a running cluster to a new group of administrators, and revokes the rights of the earlier one. */
export function formatAdminManifest(adminGroup: string): string {
  return formatAll([adminBinding(adminGroup)])
}

function adminBinding(adminGroup: string): object {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'bantam-admins' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: adminGroup }],
  }
}

/** Formats the manifest after which nodes with these tokens can join a running cluster. */
export function formatTokenManifest(tokens: readonly JoinToken[]): string {
  return formatAll(tokens.map(tokenSecret))
}

function formatAll(manifests: readonly object[]): string {
  return manifests.map((manifest) => `---\n${formatYaml(manifest, 0)}\n`).join('')
}

/** Makes the Kubernetes Secret of a bootstrap token. https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/ */
function tokenSecret({ id, secret, expires }: JoinToken): object {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'bootstrap.kubernetes.io/token',
    metadata: { name: `bootstrap-token-${id}`, namespace: 'kube-system' },
    stringData: {
      'token-id': id,
      'token-secret': reveal(secret),
      expiration: expires.toISOString().replace(/\.\d+Z$/, 'Z'),
      ...TOKEN_USES,
    },
  }
}

/** Lists the join tokens of a cluster's nodes, sorted by node name. */
export function joinTokensOf({ nodes }: ClusterSecrets): readonly JoinToken[] {
  return [...nodes].sort(([first], [second]) => (first < second ? -1 : 1)).flatMap(([, { joinTokens }]) => joinTokens)
}
