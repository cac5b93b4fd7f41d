import { rm } from 'node:fs/promises'
import { join, posix } from 'node:path'
import type { Problem } from '../../errors/problem.ts'
import { OWNER_ONLY } from '../../host/owner-only.ts'
import { writeFileAtomically } from '../../host/write-file-atomically.ts'
import type { RenderedFile } from '../../model/rendered-node.ts'
import { openResultFolders } from '../access/open-result-folders.ts'
import { planCluster } from '../plan/plan-cluster.ts'
import type { Project, Selection } from '../project/project.ts'
import { seedsFolderOf } from '../project/result-folders.ts'
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
  const { cluster, nodes, warnings, folders, secrets, secretsFile } = await renderCluster(
    project,
    await planCluster(project, selection),
    {
      secretsPlace: 'image',
      renewal: 'missing',
    },
  )
  const { rootHash } = secrets
  const folderWarnings = await openResultFolders(folders, { rootHash, secretsFile }, 'access')
  const seeds: WrittenSeed[] = []
  for (const { node } of nodes) {
    const folder = seedsFolderOf(folders, node.nodeName)
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
    await rm(folder, { recursive: true, force: true })
    // The files include tokens and keys: only the owner may read them.
    const paths = localPaths(files.map(({ path }) => path))
    for (const [index, { content }] of files.entries())
      await writeFileAtomically(join(folder, paths[index] ?? ''), content, OWNER_ONLY)
    seeds.push({ node: node.nodeName, instanceId: node.instanceId, folder, files: paths })
  }
  return { cluster: cluster.name, seeds, warnings: [...warnings, ...folderWarnings] }
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
