import type { Problem } from '../../errors/problem.ts'
import type { SecretForm } from '../../model/named-secret.ts'
import type { NodePlan } from '../../model/node-plan.ts'
import type { RenderedNode } from '../../model/rendered-node.ts'
import { decodeText, encodeUtf8 } from '../../text/encoding.ts'
import { problem, warning } from '../../yaml-source/describe-problem.ts'
import type { Templates } from '../load-templates.ts'
import { createFinder, type KnownMatch } from './find-known-secrets.ts'
import { firstOfLines, isSameWord, type LookAlike } from './find-look-alikes.ts'
import { listPublicTexts, type PublicText } from './list-public-texts.ts'
import { listRenderedTexts } from './list-rendered-texts.ts'
import { searchLookAlikes } from './search-look-alikes.ts'

interface RenderedPlan {
  readonly plan: NodePlan
  readonly node: RenderedNode
}

/** A text with all that was found in it. */
interface Searched {
  readonly text: PublicText
  readonly known: readonly KnownMatch[]
  readonly lookAlikes: readonly LookAlike[]
}

/**
 * Searches everything that images without secrets will hold. A known secret and a private key are errors, because anyone may get the image;
 * what looks like a token is a warning. `known` lists secrets in every form in which a file may hold them.
 */
export function checkExposure(
  rendered: readonly RenderedPlan[],
  known: readonly SecretForm[],
  { templates, clusterFile }: { readonly templates: Templates; readonly clusterFile: string },
): readonly Problem[] {
  const findKnown = createCache(createFinder(known))
  const findLike = createCache(searchLookAlikes)
  const search = (text: PublicText): Searched => ({
    text,
    known: findKnown(text.bytes),
    lookAlikes: findLike(text.bytes),
  })
  const showPath = (path: string): string => {
    const bytes = encodeUtf8(path)
    return findKnown(bytes).length === 0 && findLike(bytes).length === 0 ? path : 'with a secret in its path'
  }
  const context = { clusterFile, showPath }
  const reported: LookAlike[] = []
  return rendered.flatMap(({ plan, node }) => {
    const typed = listPublicTexts(plan, templates, context).map(search)
    const named = new Set(typed.flatMap((one) => one.known.map(({ name }) => name)))
    // Those that are marked where the user wrote them are meant, too: a mark may be left out of what is rendered.
    reported.push(...typed.flatMap(({ lookAlikes }) => lookAlikes))
    const problems = typed.flatMap((one) => describeText(one))
    for (const one of listRenderedTexts(node, plan, context).map(search)) {
      // What the user wrote is reported where it is written. This finds what came another way.
      const lookAlikes = one.lookAlikes.filter((found) => !reported.some((before) => isSameWord(before, found)))
      reported.push(...lookAlikes)
      problems.push(...describeRendered({ ...one, lookAlikes }, named))
    }
    return problems
  })
}

/** Keeps what was found in some bytes: the nodes share many files. */
function createCache<T>(find: (bytes: Uint8Array) => T): (bytes: Uint8Array) => T {
  const before = new WeakMap<Uint8Array, { readonly found: T }>()
  return (bytes) => {
    const { found } = before.get(bytes) ?? { found: find(bytes) }
    before.set(bytes, { found })
    return found
  }
}

function describeText({ text: { subject, bytes, spot }, known, lookAlikes }: Searched): readonly Problem[] {
  const hasLines = decodeText(bytes)?.trimEnd().includes('\n') === true
  const moved = (found: Problem, { line, column }: Pick<KnownMatch, 'line' | 'column'>): Problem =>
    'source' in spot ? found : { ...found, line, column }
  const lineOf = (line: number): number | null => ('source' in spot && hasLines ? line : null)
  return [
    ...firstOfNames(known).map((match) =>
      moved(problem('SEED_HOLDS_SECRET', { subject, line: lineOf(match.line), secret: match.name }, spot), match),
    ),
    ...withoutKnown(lookAlikes, known).map((one) => moved(describeLike(one, lineOf(one.line), { subject, spot }), one)),
  ]
}

/** Describes what is in a rendered text, except the secrets of these names. */
function describeRendered({ text, known, lookAlikes }: Searched, named: ReadonlySet<string>): readonly Problem[] {
  const { subject, spot } = text
  const lineOf = (line: number): number | null => (text.isList === true ? null : line)
  return [
    ...firstOfNames(known)
      .filter(({ name }) => !named.has(name))
      .map(({ name, line }) => problem('SEED_HOLDS_SECRET', { subject, line: lineOf(line), secret: name }, spot)),
    ...withoutKnown(lookAlikes, known).map((one) => describeLike(one, lineOf(one.line), text)),
  ]
}

function describeLike(
  { kind, certainty }: LookAlike,
  line: number | null,
  { subject, spot }: Pick<PublicText, 'subject' | 'spot'>,
): Problem {
  const facts = { subject, line, kind }
  return certainty === 'key'
    ? problem('SEED_HOLDS_PRIVATE_KEY', facts, spot)
    : warning('SEED_MAY_HOLD_SECRET', facts, spot)
}

/** Leaves out what looks like a secret in a line where a known one is, what is marked, and all but the first of a line. */
function withoutKnown(lookAlikes: readonly LookAlike[], known: readonly KnownMatch[]): readonly LookAlike[] {
  const lines = new Set(known.map(({ line }) => line))
  return firstOfLines(lookAlikes).filter(({ line }) => !lines.has(line))
}

function firstOfNames(known: readonly KnownMatch[]): readonly KnownMatch[] {
  const names = new Set<string>()
  return known.filter(({ name }) => !names.has(name) && names.add(name))
}
