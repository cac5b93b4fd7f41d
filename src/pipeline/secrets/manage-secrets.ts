import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { BuildError } from '../../errors.ts'
import { writeFileAtomically } from '../../host/write-file-atomically.ts'
import type { ClusterSecrets } from '../../model/cluster-secrets.ts'
import type { Cluster } from '../../model/cluster.ts'
import { completeSecrets, issueAdminCertificates } from '../../secrets/complete-secrets.ts'
import { describeSecrets, type SecretDescription } from '../../secrets/describe-secrets.ts'
import { passphraseOf } from '../../secrets/encrypt-secrets.ts'
import { toClusterSecrets } from '../../secrets/ensure-secrets.ts'
import { type RotatableSecret, rotateSecret } from '../../secrets/rotate-secrets.ts'
import type { Encryption, SecretsFile } from '../../secrets/secrets-file.ts'
import { openSecretsFile, readSecretsFile, updateSecretsFile } from '../../secrets/secrets-store.ts'
import { writeKeyPair, writeKubeconfig } from '../access/write-access.ts'
import { planCluster, type PlannedCluster } from '../plan/plan-cluster.ts'
import { storeOf } from '../project/open-store.ts'
import type { Project, Selection } from '../project/project.ts'
import { needsOf, renderPlans } from '../render/render-cluster.ts'

const PREVIOUS_KEY = 'id_ed25519.previous'
const EVERYTHING: Selection = { profiles: [], nodes: [] }

export interface Rotation {
  readonly cluster: Cluster
  readonly file: string
  /** Nodes whose images hold it, in the order of the cluster file. */
  readonly changedNodes: readonly string[]
  /** Ids of join tokens that a running cluster still takes. */
  readonly retiredTokenIds: readonly string[]
}

/** Says what a secrets file holds, without its values. Throws `SECRETS_MISSING`. */
export async function showSecrets(
  project: Project,
): Promise<{ readonly cluster: string; readonly file: string; readonly secrets: readonly SecretDescription[] }> {
  const { cluster } = await planCluster(project, EVERYTHING)
  const store = storeOf(project, cluster.name)
  return {
    cluster: cluster.name,
    file: store.file,
    secrets: describeSecrets(requireFound(await readSecretsFile(store), store.file)),
  }
}

/** Replaces a secret, and says whose images hold it: those that come out otherwise than before. Throws `SECRETS_MISSING`. */
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
  return {
    cluster,
    file: store.file,
    changedNodes: plans.filter((_plan, index) => old[index] !== now[index]).map(({ name }) => name),
    retiredTokenIds: oldTokenIds.filter((id) => !tokenIds.includes(id)),
  }
}

/** Refuses what would say that it is done, and change nothing. */
function requireEffect(
  which: RotatableSecret,
  { cluster, needsKeyPair }: PlannedCluster,
  { nodes, profiles }: Selection,
): void {
  const refuse = (reason: string): never => {
    throw new BuildError('SECRETS_ROTATION_WITHOUT_EFFECT', { secret: which, reason })
  }
  if (which === 'join-tokens' && cluster.k3s.joinTokenSeconds === null)
    refuse('without `join.tokenLifetime`, agents have no tokens of their own')
  if (which === 'admin-key' && !needsKeyPair)
    refuse('the keys to log in with are your own, of `admin.sshKeys` or ~/.ssh')
  if (which !== 'join-tokens' && which !== 'host-keys' && nodes.length + profiles.length > 0)
    refuse('it is not a single node\u2019s')
}

/** A second key would take the place of the one that nodes still know. */
function requireKeyReplaced(folder: string): void {
  const file = join(folder, PREVIOUS_KEY)
  if (existsSync(file)) throw new BuildError('SECRETS_PREVIOUS_KEY_KEPT', { file })
}

/** The replaced key stays where it is of use: it alone opens the nodes that run. */
async function writeNewKey(folder: string, replaced: string | null, secrets: ClusterSecrets): Promise<void> {
  if (replaced !== null) await writeFileAtomically(join(folder, PREVIOUS_KEY), replaced, 0o600)
  await writeKeyPair(folder, secrets)
}

function tokenIdsOf({ nodes }: SecretsFile): readonly string[] {
  return Object.values(nodes).flatMap(({ joinTokens = [] }) => joinTokens.map(({ id }) => id))
}

/** Encrypts a secrets file, or keeps it in the clear where `encryption` is null. Throws `SECRETS_MISSING`. */
export async function setEncryption(project: Project, encryption: Encryption | null): Promise<string> {
  const { cluster } = await planCluster(project, EVERYTHING)
  const store = storeOf(project, cluster.name)
  // Opened first: nobody thinks up a new passphrase for a file that is not there, or that the old one does not open.
  const opened = await openSecretsFile(store)
  requireFound(opened?.secrets ?? null, store.file)
  const isForPassphrase = encryption !== null && 'passphrase' in encryption
  const newKeys = isForPassphrase ? { ...store.keys, passphrase: await passphraseOf(store.keys, 'set') } : store.keys
  await updateSecretsFile(store, (found) => ({ ...requireFound(found, store.file), encryption }), { opened, newKeys })
  return store.file
}

/** Makes an administrator's certificate anew and writes its kubeconfig; null where no node is a server. Throws `SECRETS_MISSING`. */
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
