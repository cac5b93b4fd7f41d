import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { BuildError } from '../../errors.ts'
import { OWNER_ONLY } from '../../host/owner-only.ts'
import { writeFileAtomically } from '../../host/write-file-atomically.ts'
import type { ClusterSecrets } from '../../model/cluster-secrets.ts'
import type { OperatorStep } from '../../model/operator-step.ts'
import { completeSecrets, issueAdminCertificates } from '../../secrets/complete-secrets.ts'
import { describeRotation } from '../../secrets/describe-rotation.ts'
import { describeSecrets, type SecretDescription } from '../../secrets/describe-secrets.ts'
import { passphraseOf } from '../../secrets/encrypt-secrets.ts'
import { toClusterSecrets } from '../../secrets/ensure-secrets.ts'
import { type RotatableSecret, rotateSecret } from '../../secrets/rotate-secrets.ts'
import type { Encryption, SecretsFile } from '../../secrets/secrets-file.ts'
import { openSecretsFile, readSecretsFile, updateSecretsFile } from '../../secrets/secrets-store.ts'
import { describeValues } from '../../secrets/user-values.ts'
import { writeKeyPair, writeKubeconfig } from '../access/write-access.ts'
import { planCluster, type PlannedCluster } from '../plan/plan-cluster.ts'
import { storeOf } from '../project/open-store.ts'
import type { Project, Selection } from '../project/project.ts'
import { clusterOptionsOf, shownPath } from '../project/shown-paths.ts'
import { needsOf, renderPlans } from '../render/render-cluster.ts'

const PREVIOUS_KEY = 'id_ed25519.previous'
const EVERYTHING: Selection = { profiles: [], nodes: [] }

export interface Rotation {
  readonly file: string
  /** Nodes whose images hold the secret, in the order of the cluster file. */
  readonly changedNodes: readonly string[]
  /** Steps after which the new secret is in use, in order. */
  readonly steps: readonly OperatorStep[]
}

/** Lists the secrets of a secrets file, without values. Throws `SECRETS_MISSING`. */
export async function showSecrets(
  project: Project,
): Promise<{ readonly cluster: string; readonly file: string; readonly secrets: readonly SecretDescription[] }> {
  const { cluster } = await planCluster(project, EVERYTHING)
  const store = storeOf(project, cluster.name)
  const secrets = requireFound(await readSecretsFile(store), store.file)
  return {
    cluster: cluster.name,
    file: store.file,
    secrets: [...describeSecrets(secrets), ...describeValues(secrets)],
  }
}

/** Replaces a secret. Returns the nodes whose images hold it (their seeds differ from before) and the next steps. Throws `SECRETS_MISSING`. */
export async function rotateSecrets(project: Project, which: RotatableSecret, selection: Selection): Promise<Rotation> {
  const planned = await planCluster(project, EVERYTHING)
  const chosen = (await planCluster(project, selection)).plans.map(({ name }) => name)
  const { cluster, plans } = planned
  const keyFolder = join(project.outFolder, cluster.name)
  requireEffect(which, planned, selection)
  if (which === 'admin-key') requireKeyReplaced(keyFolder)
  const store = storeOf(project, cluster.name)
  const sources = { randomBytes: project.randomBytes, now: project.now }
  const complete = (secrets: SecretsFile): Promise<SecretsFile> =>
    completeSecrets(secrets, cluster.name, needsOf(planned, 'missing'), sources)
  const idsWith = async (secrets: SecretsFile): Promise<readonly string[]> =>
    (await renderPlans(project, planned, toClusterSecrets(secrets, planned))).map(({ node }) => node.instanceId)
  let old: readonly string[] = []
  let oldTokenIds: readonly string[] = []
  let replacedKey: string | null = null
  const rotated = await updateSecretsFile(store, async (found) => {
    const known = requireFound(found, store.file)
    const before = await complete(known)
    old = await idsWith(before)
    oldTokenIds = tokenIdsOf(known)
    replacedKey = known.adminKeyPair?.privateKey ?? null
    return complete(await rotateSecret(before, which, chosen, sources))
  })
  if (which === 'admin-key') await writeNewKey(keyFolder, replacedKey, toClusterSecrets(rotated, planned))
  const now = await idsWith(rotated)
  const tokenIds = tokenIdsOf(rotated)
  const changedNodes = plans.filter((_plan, index) => old[index] !== now[index]).map(({ name }) => name)
  const steps = describeRotation(which, {
    cluster,
    changedNodes,
    retiredTokenIds: oldTokenIds.filter((id) => !tokenIds.includes(id)),
    folder: shownPath(project, keyFolder),
    clusterOptions: clusterOptionsOf(project),
  })
  return { file: store.file, changedNodes, steps }
}

/** Refuses a rotation that would change nothing. */
function requireEffect(
  which: RotatableSecret,
  { cluster, needsKeyPair }: PlannedCluster,
  { nodes, profiles }: Selection,
): void {
  const refuse = (reason: string): never => {
    throw new BuildError('SECRETS_ROTATION_WITHOUT_EFFECT', { secret: which, reason })
  }
  if (which === 'join-tokens' && cluster.k3s.joinTokenSeconds === null)
    refuse('without `join.tokenLifetime`, all agents share one token')
  if (which === 'admin-key' && !needsKeyPair) refuse('you log in with your own keys, from `admin.sshKeys` or ~/.ssh')
  if (which !== 'join-tokens' && which !== 'host-keys' && nodes.length + profiles.length > 0)
    refuse('all nodes share this secret')
}

/** Refuses a second rotation: its previous key would overwrite the one that running nodes still accept. */
function requireKeyReplaced(folder: string): void {
  const file = join(folder, PREVIOUS_KEY)
  if (existsSync(file)) throw new BuildError('SECRETS_PREVIOUS_KEY_KEPT', { file })
}

/** Writes the new key pair. Keeps the replaced key in a separate file: running nodes accept only that key. */
async function writeNewKey(folder: string, replaced: string | null, secrets: ClusterSecrets): Promise<void> {
  if (replaced !== null) await writeFileAtomically(join(folder, PREVIOUS_KEY), replaced, OWNER_ONLY)
  await writeKeyPair(folder, secrets)
}

function tokenIdsOf({ nodes }: SecretsFile): readonly string[] {
  return Object.values(nodes).flatMap(({ joinTokens = [] }) => joinTokens.map(({ id }) => id))
}

/** Encrypts a secrets file, or stores it unencrypted where `encryption` is null. Throws `SECRETS_MISSING`. */
export async function setEncryption(project: Project, encryption: Encryption | null): Promise<string> {
  const { cluster } = await planCluster(project, EVERYTHING)
  const store = storeOf(project, cluster.name)
  // Opens the file first, so that nobody enters a new passphrase for a file that is missing or that the old one does not open.
  const opened = await openSecretsFile(store)
  requireFound(opened?.secrets ?? null, store.file)
  const isForPassphrase = encryption !== null && 'passphrase' in encryption
  const newKeys = isForPassphrase ? { ...store.keys, passphrase: await passphraseOf(store.keys, 'set') } : store.keys
  await updateSecretsFile(store, (found) => ({ ...requireFound(found, store.file), encryption }), { opened, newKeys })
  return store.file
}

/** Issues a new certificate for the administrator and writes its kubeconfig; null where no node is a server. Throws `SECRETS_MISSING`. */
export async function renewKubeconfig(project: Project, use: 'everyday' | 'break-glass'): Promise<string | null> {
  const planned = await planCluster(project, EVERYTHING)
  const { cluster } = planned
  const store = storeOf(project, cluster.name)
  const renewed = await updateSecretsFile(store, async (found) => {
    const secrets = requireFound(found, store.file)
    const { adminCertificate, breakGlass } = await issueAdminCertificates(secrets, {
      randomBytes: project.randomBytes,
      now: project.now,
    })
    return use === 'everyday' ? { ...secrets, adminCertificate } : { ...secrets, breakGlass }
  })
  const secrets = toClusterSecrets(renewed, planned)
  const [name, client] =
    use === 'everyday'
      ? (['kubeconfig', secrets.adminCertificate] as const)
      : (['kubeconfig.break-glass', secrets.breakGlass] as const)
  return writeKubeconfig(join(project.outFolder, cluster.name, name), cluster, secrets, client)
}

function requireFound(secrets: SecretsFile | null, file: string): SecretsFile {
  if (secrets === null) throw new BuildError('SECRETS_MISSING', { file })
  return secrets
}
