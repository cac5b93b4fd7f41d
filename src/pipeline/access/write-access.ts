import { basename, dirname, isAbsolute, join, relative } from 'node:path'
import { formatKnownHosts, formatKubeconfig, formatSshConfig, type LoginTarget } from '../../exports/format-access.ts'
import { formatSshScript } from '../../exports/format-ssh-script.ts'
import { OWNER_EXECUTES, OWNER_ONLY } from '../../host/owner-only.ts'
import type { ClusterSecrets } from '../../model/cluster-secrets.ts'
import type { Cluster } from '../../model/cluster.ts'
import { reveal, type Secret } from '../../model/secret.ts'
import type { KeyedCertificate } from '../../pki/certificate-authority.ts'
import { formatAuthority } from '../../pki/cluster-pki.ts'
import { loginHost, planApiUrl } from '../../plan/plan-access.ts'
import { formatAdminManifest, formatTokenManifest, joinTokensOf } from '../../render/format-manifests.ts'
import type { Project } from '../project/project.ts'
import { shownPath } from '../project/shown-paths.ts'
import type { HeldFolder, WriteFile } from '../project/with-output-folder.ts'
import { writePreviousKeys } from './previous-keys.ts'

/** The files for access to a cluster. They exist before any of its nodes is powered on. */
export interface AccessFiles {
  /** The folder of all these files. Only its owner may enter. */
  readonly folder: string
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

/**
 * Writes the SSH configuration with all nodes' addresses and keys, the everyday kubeconfig, and the manifests for a
 * running cluster. The folder is private, and so is each file.
 */
export async function writeAccess(
  folder: string,
  cluster: Cluster,
  secrets: ClusterSecrets,
  project: Pick<Project, 'workingFolder' | 'homeFolder' | 'now'> & Pick<HeldFolder, 'write'>,
): Promise<AccessFiles> {
  const { now, write } = project
  const previousKeyFiles = await writePreviousKeys(folder, secrets, write)
  const keyFile = await writeKeyPair(folder, secrets, write)
  // Nodes know a key that bantam made also where the user has got another one since: until they are flashed again.
  const madeKeys = [...(keyFile === null ? [] : [keyFile]), ...previousKeyFiles]
  const sshConfig = await writeSshFiles(folder, {
    user: cluster.admin.user,
    targets: cluster.nodes.flatMap((node) => {
      const own = secrets.nodes.get(node.name)
      // ssh accepts any key that is listed for the host: a node has an earlier key until it is flashed again.
      return own === undefined
        ? []
        : [{ name: node.name, host: loginHost(node), hostKeys: [own.hostKey.publicKey, ...own.previousHostKeys] }]
    }),
    identityFiles: [
      ...(keyFile === null ? cluster.admin.identityFiles.flatMap((file) => pathsOfOwnKey(file, project)) : []),
      ...madeKeys.flatMap((file) => pathsOfMadeKey(file, project)),
    ],
    identities: madeKeys.map((file) => basename(file)),
    write,
  })
  await write(join(folder, 'admins.yaml'), formatAdminManifest(secrets.adminGroup), OWNER_ONLY)
  return {
    folder,
    keyFile,
    previousKeyFiles,
    sshConfig,
    kubeconfig: await writeKubeconfig(
      join(folder, 'kubeconfig'),
      { cluster, secrets, client: secrets.adminCertificate },
      write,
    ),
    joinTokens:
      cluster.k3s.joinTokenSeconds === null
        ? null
        : await writeJoinTokens(join(folder, 'join-tokens.yaml'), secrets, { now, write }),
  }
}

interface SshFiles {
  readonly user: string
  readonly targets: readonly LoginTarget[]
  readonly identityFiles: readonly string[]
  /** Names of the keys that bantam made, in the folder. */
  readonly identities: readonly string[]
  readonly write: WriteFile
}

/** Writes what ssh reads, and the script that runs ssh with it. Returns the path of the settings. */
async function writeSshFiles(folder: string, files: SshFiles): Promise<string> {
  const { user, targets, identityFiles, identities, write } = files
  const [sshConfig, knownHosts] = ['ssh_config', 'known_hosts']
  const knownHostsFile = join(folder, knownHosts)
  await write(knownHostsFile, formatKnownHosts(targets), OWNER_ONLY)
  const settings = formatSshConfig(targets, { user, knownHostsFile, identityFiles })
  await write(join(folder, sshConfig), settings, OWNER_ONLY)
  await write(join(folder, 'ssh'), formatSshScript({ sshConfig, knownHosts, identities }), OWNER_EXECUTES)
  return join(folder, sshConfig)
}

/**
 * Lists the paths of a key that bantam made. The first one holds as long as the folder is not moved. The others are
 * relative to where people start ssh when it is: the project's folder, the folder that holds the moved one, and the
 * moved one itself.
 */
function pathsOfMadeKey(file: string, project: Pick<Project, 'workingFolder'>): readonly string[] {
  const name = basename(file)
  const relatives = [shownPath(project, file), join(basename(dirname(file)), name), name]
  // ssh reads a tilde in front as a home folder.
  return [...new Set([file, ...relatives.map((path) => (path.startsWith('~') ? `./${path}` : path))])]
}

/** Lists the paths of a key of the user. On another machine, it is below the home folder of that machine. */
function pathsOfOwnKey(file: string, { homeFolder }: Pick<Project, 'homeFolder'>): readonly string[] {
  const below = relative(homeFolder, file)
  return below.startsWith('..') || isAbsolute(below) ? [file] : [file, `~/${below}`]
}

export interface KubeconfigFacts {
  readonly cluster: Cluster
  readonly secrets: Pick<ClusterSecrets, 'pki'>
  readonly client: Secret<KeyedCertificate>
}

/** Writes a kubeconfig with one of the cluster's client certificates; null where no node is a server. */
export async function writeKubeconfig(
  path: string,
  { cluster, secrets: { pki }, client }: KubeconfigFacts,
  write: WriteFile,
): Promise<string | null> {
  const serverUrl = planApiUrl(cluster)
  if (serverUrl === null) return null
  const authority = formatAuthority(reveal(pki), 'server-ca')
  await write(
    path,
    formatKubeconfig({ clusterName: cluster.name, serverUrl, authority, user: EVERYDAY_USER, client: reveal(client) }),
    OWNER_ONLY,
  )
  return path
}

/** Writes the manifest of join tokens. The initial server's image holds it, too. A running cluster needs `kubectl apply`. */
async function writeJoinTokens(
  path: string,
  secrets: ClusterSecrets,
  { now, write }: { readonly now: Date; readonly write: WriteFile },
): Promise<JoinTokenFile | null> {
  const tokens = joinTokensOf(secrets).filter(({ expires }) => expires > now)
  if (tokens.length === 0) return null
  await write(path, formatTokenManifest(tokens), OWNER_ONLY)
  const newest = [...secrets.nodes.values()]
    .flatMap(({ joinTokens }) => joinTokens.slice(-1))
    .filter(({ expires }) => expires > now)
  return { path, expires: new Date(Math.min(...newest.map(({ expires }) => expires.getTime()))) }
}

/** Writes the key pair that bantam made, because ssh needs files; null where the user has a key. */
async function writeKeyPair(
  folder: string,
  { adminKeyPair }: ClusterSecrets,
  write: WriteFile,
): Promise<string | null> {
  if (adminKeyPair === null) return null
  const path = join(folder, 'id_ed25519')
  await write(path, reveal(adminKeyPair.privateKey), OWNER_ONLY)
  await write(`${path}.pub`, `${adminKeyPair.publicKey.trimEnd()}\n`, OWNER_ONLY)
  return path
}
