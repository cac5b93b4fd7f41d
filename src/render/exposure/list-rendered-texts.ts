import type { NodePlan } from '../../model/node-plan.ts'
import { placeOf } from '../../model/places.ts'
import type { RenderedFile, RenderedNode } from '../../model/rendered-node.ts'
import { encodeUtf8 } from '../../text/encoding.ts'
import type { Spot } from '../../yaml-source/describe-problem.ts'
import { isPublic } from '../is-public.ts'
import type { PublicText, ShowPath } from './list-public-texts.ts'

/** Lists what an image without secrets will hold of a node: files, their paths, links, and the additions to the kernel's and the firmware's settings. */
export function listRenderedTexts(
  { files, folders, links, seeds, cmdlineTokens, configTxtLines, nodeName }: RenderedNode,
  plan: NodePlan,
  { clusterFile, showPath }: { readonly clusterFile: string; readonly showPath: ShowPath },
): readonly PublicText[] {
  const ofNode: Spot = placeOf(plan) ?? { file: clusterFile }
  const spotOf = (file: RenderedFile): Spot => {
    const index = plan.files.findIndex(({ path }) => file.volume === 'root' && path === `/${file.path}`)
    return (index === -1 ? null : placeOf(plan, 'files', index, 'content')) ?? ofNode
  }
  const all = [{ files, links, cmdlineTokens }, ...Object.values(seeds)]
  const published = all.flatMap((part) => part.files.filter(isPublic))
  const names = [
    ...[...published, ...folders].map(({ path }) => path),
    ...all.flatMap((part) => part.links.flatMap(({ path, target }) => [path, target])),
  ]
  const other = (subject: string, lines: readonly string[]): PublicText => ({
    subject: `${subject} of node ${nodeName}`,
    bytes: encodeUtf8(lines.join('\n')),
    spot: ofNode,
    isList: true,
  })
  return [
    other('The path of a file, folder or link', names),
    other('The kernel command line', [...new Set(all.flatMap((part) => part.cmdlineTokens))]),
    other('The file config.txt', configTxtLines),
    ...published.map((file) => ({
      subject: `The file ${showPath(`${file.volume === 'boot' ? '/boot/firmware' : ''}/${file.path}`)} of node ${nodeName}`,
      bytes: file.content,
      spot: spotOf(file),
    })),
  ]
}
