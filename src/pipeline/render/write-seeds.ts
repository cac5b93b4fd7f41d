import { rm } from 'node:fs/promises'
import { join, posix } from 'node:path'
import type { Problem } from '../../errors/problem.ts'
import { OWNER_ONLY } from '../../host/owner-only.ts'
import type { RenderedFile, RenderedNode } from '../../model/rendered-node.ts'
import { withResultFolders } from '../access/with-result-folders.ts'
import { planCluster } from '../plan/plan-cluster.ts'
import type { Project, Selection } from '../project/project.ts'
import { seedsFolderOf } from '../project/result-folders.ts'
import { commandOptions, type HeldFolder } from '../project/with-output-folder.ts'
import { localPaths } from './local-paths.ts'
import { renderCluster } from './render-cluster.ts'

export interface WrittenSeed {
  readonly node: string
  readonly instanceId: string
  readonly folder: string
  /** Relative to `folder`, with `/` on every system. */
  readonly files: readonly string[]
}

export interface WrittenSeeds {
  readonly cluster: string
  readonly seeds: readonly WrittenSeed[]
  readonly warnings: readonly Problem[]
}

/**
 * Renders the chosen nodes into `<out>/<cluster>.access/seeds/<node>/`: `boot/` for the boot partition of images with cloud-init, `firstrun/` for
 * that of images without it, `root/` for the root partition, and the boot edits as text.
 */
export async function writeSeeds(project: Project, selection: Selection): Promise<WrittenSeeds> {
  const rendered = await renderCluster(project, await planCluster(project, selection, 'all'), {
    secretsPlace: 'image',
    renewal: 'missing',
  })
  const { cluster, nodes, folders, secrets, secretsFile } = rendered
  const identity = { rootHash: secrets.rootHash, secretsFile }
  return withResultFolders(folders, identity, { ...commandOptions(project), use: 'access' }, async (warnings, held) => {
    const seeds: WrittenSeed[] = []
    for (const { node } of nodes) seeds.push(await writeSeed(seedsFolderOf(folders, node.nodeName), node, held))
    return { cluster: cluster.name, seeds, warnings: [...rendered.warnings, ...warnings] }
  })
}

async function writeSeed(folder: string, node: RenderedNode, { requireHeld, write }: HeldFolder): Promise<WrittenSeed> {
  const files = [
    ...filesBelow('', node.files),
    ...filesBelow('', node.seeds.nocloud.files),
    ...filesBelow('firstrun', node.seeds.firstrun.files),
    textFile('cmdline-tokens.txt', [...node.cmdlineTokens, ...node.seeds.nocloud.cmdlineTokens]),
    textFile('config-txt-lines.txt', node.configTxtLines),
    textFile(
      'root-links.txt',
      [...node.links, ...node.seeds.nocloud.links].map((link) => `${link.path} -> ${link.target}`),
    ),
  ]
  // Files of an earlier render must not stay among the new ones.
  await requireHeld()
  await rm(folder, { recursive: true, force: true })
  // The files include tokens and keys: only the owner may read them.
  const paths = localPaths(files.map(({ path }) => path))
  for (const [index, { content }] of files.entries()) await write(join(folder, paths[index] ?? ''), content, OWNER_ONLY)
  return { node: node.nodeName, instanceId: node.instanceId, folder, files: paths }
}

interface SeedFile {
  /** As on the node, with `/`. */
  readonly path: string
  readonly content: Uint8Array | string
}

function filesBelow(folder: string, files: readonly RenderedFile[]): readonly SeedFile[] {
  return files.map((file) => ({ path: posix.join(folder, file.volume, file.path), content: file.content }))
}

function textFile(path: string, lines: readonly string[]): SeedFile {
  return { path, content: lines.map((line) => `${line}\n`).join('') }
}
