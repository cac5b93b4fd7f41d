import type { ClusterSecrets, JoinToken } from '../model/cluster-secrets.ts'
import { reveal } from '../model/secret.ts'
import { formatYaml } from '../text/format-yaml.ts'

/** What a bootstrap token lets its bearer do, as `k3s token create` says it: pkg/kubeadm of k3s. */
const TOKEN_USES = {
  'usage-bootstrap-authentication': 'true',
  'usage-bootstrap-signing': 'true',
  'auth-extra-groups': 'system:bootstrappers:k3s:default-node-token',
}

/**
 * What the initial server applies at its start: the right of the everyday administrators, which deleting the binding takes back, and the tokens of
 * nodes that join with one of their own. https://docs.k3s.io/installation/packaged-components#auto-deploying-manifests-addons
 */
export function formatManifests(adminGroup: string, tokens: readonly JoinToken[]): string {
  return formatAll([adminBinding(adminGroup), ...tokens.map(tokenSecret)])
}

/** What gives a cluster that runs already to another group of administrators, and takes it from the one before. */
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

/** What lets nodes with these tokens join a cluster that runs already. */
export function formatTokenManifest(tokens: readonly JoinToken[]): string {
  return formatAll(tokens.map(tokenSecret))
}

function formatAll(manifests: readonly object[]): string {
  return manifests.map((manifest) => `---\n${formatYaml(manifest, 0)}\n`).join('')
}

/** Kubernetes' form of a bootstrap token. https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/ */
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

/** The tokens of a cluster's nodes, in the order of their names. */
export function joinTokensOf({ nodes }: ClusterSecrets): readonly JoinToken[] {
  return [...nodes].sort(([first], [second]) => (first < second ? -1 : 1)).flatMap(([, { joinTokens }]) => joinTokens)
}
