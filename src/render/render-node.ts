import { BuildError } from '../errors.ts'
import { parentPaths } from '../fs/parent-paths.ts'
import type { ClusterSecrets } from '../model/cluster-secrets.ts'
import type { NodePlan } from '../model/node-plan.ts'
import type { RenderedFile, RenderedNode, RenderedSeed, SeedBackend } from '../model/rendered-node.ts'
import { createPskDeriver, type PskDeriver } from './derive-psk.ts'
import { createFileRenderer, type RenderFile } from './file-renderer.ts'
import { stageFiles } from './first-boot-commands.ts'
import { createPasswordHasher, type PasswordHasher } from './hash-password.ts'
import { instanceIdOf } from './instance-id.ts'
import type { Templates } from './load-templates.ts'
import { renderHostKey, renderPki, pkiFolders } from './render-pki.ts'
import { renderSeedFiles, seedCmdlineTokens, seedLinks } from './render-seeds.ts'
import { renderPassword, renderUserFiles } from './render-user-files.ts'
import type { SeedGroup } from './seed-templates.ts'
import { createTemplateCompiler, type TemplateCompiler } from './template-compiler.ts'
import { nodeValues } from './template-values.ts'

/** The values for rendering that all nodes of a cluster share. */
export interface RenderContext {
  readonly secrets: ClusterSecrets
  readonly templates: Templates
  /** One deriver for all nodes, so that a shared password is derived once. */
  readonly derivePsk: PskDeriver
  readonly hashPassword: PasswordHasher
  readonly compile: TemplateCompiler
  /** Whether secrets are in the images, or in a file that is copied to the boot partition. */
  readonly secretsPlace: SecretsPlace
}

export type SecretsPlace = 'image' | 'detached'

// k3s needs the memory controller, which Raspberry Pi kernels disable by default.
const CGROUP_TOKENS = ['cgroup_memory=1', 'cgroup_enable=memory']

/** Keys and ids in a base image that has been started before. No two nodes may share them. */
const SHARED_FILES = [
  ...['rsa', 'ecdsa', 'dsa'].flatMap((type) => [`etc/ssh/ssh_host_${type}_key`, `etc/ssh/ssh_host_${type}_key.pub`]),
  'var/lib/dbus/machine-id',
  'var/lib/systemd/random-seed',
]

/** Makes the values that `renderNode` needs for all nodes of a cluster. */
export function createRenderContext(
  secrets: ClusterSecrets,
  templates: Templates,
  secretsPlace: SecretsPlace = 'image',
): RenderContext {
  return {
    secrets,
    templates,
    secretsPlace,
    derivePsk: createPskDeriver(),
    hashPassword: createPasswordHasher(),
    compile: createTemplateCompiler(),
  }
}

/** Renders one node's files and boot edits, for every seed backend. */
export function renderNode(plan: NodePlan, context: RenderContext): RenderedNode {
  const render = createFileRenderer(plan)
  // The id is a hash of everything else. So everything is first rendered without it.
  const unnamed = renderWithId(plan, context, render, '')
  const node = renderWithId(plan, context, render, instanceIdOf(unnamed))
  requireDistinctPaths(node, plan)
  return node
}

function renderWithId(plan: NodePlan, context: RenderContext, render: RenderFile, instanceId: string): RenderedNode {
  const { secrets, templates, hashPassword, compile } = context
  const values = nodeValues(plan, instanceId, context)
  const isDetached = context.secretsPlace === 'detached'
  const renderGroup = (group: SeedGroup): readonly RenderedFile[] =>
    renderSeedFiles(group, plan, values, { templates, render })
  const renderSeed = (backend: SeedBackend, hostKeyFolder: string): RenderedSeed => ({
    files: [...renderGroup(backend), ...renderHostKey(plan, secrets, hostKeyFolder)],
    links: seedLinks(backend, plan),
    cmdlineTokens: seedCmdlineTokens(backend, instanceId),
  })
  return {
    nodeName: plan.name,
    instanceId,
    folders: pkiFolders(plan),
    absent: SHARED_FILES,
    files: [
      ...renderGroup('common'),
      ...renderUserFiles(plan, values, { compile, render }),
      ...renderPassword(plan, secrets, hashPassword),
      ...renderPki(plan, secrets),
      ...(isDetached ? renderGroup('detached') : []),
    ],
    links: [...seedLinks('common', plan), ...(isDetached ? seedLinks('detached', plan) : [])],
    seeds: {
      nocloud: renderSeed('nocloud', 'etc/ssh'),
      // At first start, the system makes new keys before any script of bantam runs. The script then replaces them with these.
      firstrun: renderSeed('firstrun', 'usr/lib/bantam'),
    },
    cmdlineTokens: cmdlineTokens(plan),
    configTxtLines: plan.configTxt,
  }
}

function cmdlineTokens(plan: NodePlan): readonly string[] {
  const { wifi } = plan.network
  // The country is set here, too, because the radio starts before netplan's setting takes effect.
  const country = wifi === null ? [] : [`cfg80211.ieee80211_regdom=${wifi.country}`]
  return [...new Set([...CGROUP_TOKENS, ...country, ...plan.cmdline])]
}

/** Requires that no two files have the same path, and that no file has the path of another one's folder. */
function requireDistinctPaths(node: RenderedNode, plan: NodePlan): void {
  // The final paths of staged files.
  const staged = stageFiles(plan.files).map(({ file }) => ({ volume: 'root', path: file.path.slice(1) }))
  for (const seed of Object.values(node.seeds)) {
    const links = [...node.links, ...seed.links].map(({ path }) => ({ volume: 'root', path }))
    const all = [...node.files, ...seed.files, ...links, ...staged]
    const seen = new Set<string>()
    for (const { volume, path } of all) {
      const name = `${volume}:${path}`
      if (seen.has(name)) throw new BuildError('SEED_FILE_CONFLICT', { node: node.nodeName, path })
      seen.add(name)
    }
    for (const { volume, path } of all) {
      const folder = parentPaths(path).find((parent) => seen.has(`${volume}:${parent}`))
      if (folder !== undefined) throw new BuildError('SEED_FOLDER_CONFLICT', { node: node.nodeName, path, folder })
    }
  }
}
