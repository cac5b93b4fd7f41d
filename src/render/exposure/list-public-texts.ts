import type { NodePlan } from '../../model/node-plan.ts'
import { placeOf } from '../../model/places.ts'
import { encodeUtf8 } from '../../text/encoding.ts'
import type { Spot } from '../../yaml-source/describe-problem.ts'
import { findTemplate } from '../find-template.ts'
import { belongsToRoot } from '../first-boot-commands.ts'
import { isPublic } from '../is-public.ts'
import type { Templates } from '../load-templates.ts'
import { seedTemplates } from '../seed-templates.ts'

/** A text that the user wrote and that an image without secrets holds. */
export interface PublicText {
  /** What it is, for messages. */
  readonly subject: string
  readonly bytes: Uint8Array
  /** The place that names or holds the text. Of a template, it is the file itself, so that its lines are those of the text. */
  readonly spot: Spot
  /** Whether it is a list, whose lines are in no file. */
  readonly isList?: boolean
}

/** Gives a path for a message, or words in its place where the path itself holds a secret. */
export type ShowPath = (path: string) => string

/** Lists what the user wrote for a node, without what only root may read there: that is among the detached secrets. */
export function listPublicTexts(
  plan: NodePlan,
  templates: Templates,
  { clusterFile, showPath }: { readonly clusterFile: string; readonly showPath: ShowPath },
): readonly PublicText[] {
  const placed = (key: 'commands' | 'cmdline' | 'configTxt', index: number): Spot =>
    placeOf(plan, key, index) ?? placeOf(plan) ?? { file: clusterFile }
  return [
    // cloud-init reads commands from user-data, on the boot partition.
    ...plan.commands.map((text, index) => ({
      subject: 'This command',
      bytes: encodeUtf8(text),
      spot: placed('commands', index),
    })),
    ...plan.cmdline.map((text, index) => ({
      subject: 'This entry of `cmdline`',
      bytes: encodeUtf8(text),
      spot: placed('cmdline', index),
    })),
    ...plan.configTxt.map((text, index) => ({
      subject: 'This entry of `configTxt`',
      bytes: encodeUtf8(text),
      spot: placed('configTxt', index),
    })),
    ...fileTexts(plan, clusterFile, showPath),
    ...replacedTemplates(plan, templates),
  ]
}

function fileTexts(plan: NodePlan, clusterFile: string, showPath: ShowPath): readonly PublicText[] {
  return plan.files.flatMap((file, index) => {
    // A file of another owner is first staged where only root may read it.
    if (!isPublic({ volume: 'root', mode: file.mode }) || !belongsToRoot(file)) return []
    const { path, content } = file
    const spotOf = (key: 'path' | 'content'): Spot =>
      placeOf(plan, 'files', index, key) ?? placeOf(plan) ?? { file: clusterFile }
    return [
      { subject: 'This path', bytes: encodeUtf8(path), spot: spotOf('path') },
      content instanceof Uint8Array
        ? { subject: `The file ${showPath(path)}`, bytes: content, spot: spotOf('content') }
        : templateText(content.file, content.text),
    ]
  })
}

/** Lists the user's templates in place of shipped ones. */
function replacedTemplates(plan: NodePlan, templates: Templates): readonly PublicText[] {
  const shipped = templates.layers.at(-1)
  return seedTemplates.flatMap((row) => {
    if (!isPublic(row) || row.when?.(plan) === false) return []
    const template = findTemplate(templates, row.name, plan.profileChain)
    return template === shipped?.general.get(row.name) ? [] : [templateText(template.file, template.source)]
  })
}

function templateText(file: string, text: string): PublicText {
  return { subject: 'This template', bytes: encodeUtf8(text), spot: { file } }
}
