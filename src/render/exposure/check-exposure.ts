import type { Problem } from '../../errors/problem.ts'
import type { NamedSecret } from '../../model/named-secret.ts'
import type { NodePlan } from '../../model/node-plan.ts'
import { placeOf } from '../../model/places.ts'
import type { RenderedFile, RenderedNode } from '../../model/rendered-node.ts'
import { reveal } from '../../model/secret.ts'
import { encodeUtf8 } from '../../text/encoding.ts'
import { PatternSet } from '../../text/pattern-set.ts'
import { problem, type Spot, warning } from '../../yaml-source/describe-problem.ts'
import { isPublic } from '../is-public.ts'
import type { Templates } from '../load-templates.ts'
import { findLookAlikes } from './find-look-alikes.ts'
import { listPublicTexts, type PublicText } from './list-public-texts.ts'

interface RenderedPlan {
  readonly plan: NodePlan
  readonly node: RenderedNode
}

/** A known secret in a text, and the line where it begins. */
interface Match {
  readonly name: string
  readonly line: number
  readonly column: number
}

/**
 * Searches everything that images without secrets will hold. A known secret and a private key are errors, because anyone may get the image;
 * what looks like a token is a warning. `known` lists secrets in every form in which a file may hold them.
 */
export function checkExposure(
  rendered: readonly RenderedPlan[],
  known: readonly NamedSecret[],
  { templates, clusterFile }: { readonly templates: Templates; readonly clusterFile: string },
): readonly Problem[] {
  const findKnown = createFinder(known)
  return rendered.flatMap(({ plan, node }) => {
    const texts = listPublicTexts(plan, templates, clusterFile).map((text) => ({
      text,
      matches: findKnown(text.bytes),
    }))
    const named = new Set(texts.flatMap(({ matches }) => matches.map(({ name }) => name)))
    return [
      ...texts.flatMap(({ text, matches }) => describeText(text, matches)),
      ...publicFiles(node).flatMap((file) =>
        // What the user wrote is reported where it is written. This finds what came another way.
        findKnown(file.content).flatMap((match) =>
          named.has(match.name) ? [] : [describeFile(file, match, plan, clusterFile)],
        ),
      ),
    ]
  })
}

/** Makes a search for secrets. The nodes share many files: each is searched once. */
function createFinder(known: readonly NamedSecret[]): (bytes: Uint8Array) => readonly Match[] {
  const patterns = new PatternSet(known.map(({ text }) => encodeUtf8(reveal(text))))
  const searched = new WeakMap<Uint8Array, readonly Match[]>()
  return (bytes) => {
    const before = searched.get(bytes)
    if (before !== undefined) return before
    const byName = new Map<string, Match>()
    for (const { pattern, byteOffset } of patterns.findIn(bytes)) {
      const name = known[pattern]?.name ?? ''
      if (!byName.has(name)) byName.set(name, { name, ...positionAt(bytes, byteOffset) })
    }
    const found = [...byName.values()]
    searched.set(bytes, found)
    return found
  }
}

function positionAt(bytes: Uint8Array, byteOffset: number): { line: number; column: number } {
  const before = new TextDecoder().decode(bytes.subarray(0, byteOffset)).split('\n')
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 }
}

function describeText({ subject, bytes, spot }: PublicText, matches: readonly Match[]): readonly Problem[] {
  const text = decode(bytes)
  const hasLines = text?.trimEnd().includes('\n') === true
  const moved = (found: Problem, { line, column }: Pick<Match, 'line' | 'column'>): Problem =>
    'source' in spot ? found : { ...found, line, column }
  const lineOf = (line: number): number | null => ('source' in spot && hasLines ? line : null)
  const lines = new Set(matches.map(({ line }) => line))
  const lookAlikes = text === null ? [] : findLookAlikes(text).filter(({ line }) => !lines.has(line))
  return [
    ...matches.map((match) =>
      moved(problem('SEED_HOLDS_SECRET', { subject, line: lineOf(match.line), secret: match.name }, spot), match),
    ),
    ...lookAlikes.map((one) => {
      const facts = { subject, line: lineOf(one.line), kind: one.kind }
      return moved(
        one.certainty === 'key'
          ? problem('SEED_HOLDS_PRIVATE_KEY', facts, spot)
          : warning('SEED_MAY_HOLD_SECRET', facts, spot),
        one,
      )
    }),
  ]
}

function describeFile(file: RenderedFile, { name, line }: Match, plan: NodePlan, clusterFile: string): Problem {
  const index = plan.files.findIndex(({ path }) => file.volume === 'root' && path === `/${file.path}`)
  const own = index === -1 ? null : placeOf(plan, 'files', index, 'content')
  const spot: Spot = own ?? placeOf(plan) ?? { file: clusterFile }
  const subject = `The file ${file.volume === 'boot' ? '/boot/firmware' : ''}/${file.path} of node ${plan.name}`
  return problem('SEED_HOLDS_SECRET', { subject, line, secret: name }, spot)
}

function publicFiles({ files, seeds }: RenderedNode): readonly RenderedFile[] {
  return [...files, ...Object.values(seeds).flatMap((seed) => seed.files)].filter(isPublic)
}

/** Null where the bytes are not text. */
function decode(bytes: Uint8Array): string | null {
  if (bytes.includes(0)) return null
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}
