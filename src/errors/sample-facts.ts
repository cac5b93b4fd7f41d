import { type ErrorCode, type ErrorFacts, exampleFacts } from '../errors.ts'

/** Codes whose words count, list or add: there, a name in angle brackets says nothing. Facts that are no text come from the example. */
const computed: ReadonlySet<ErrorCode> = new Set([
  'CLUSTER_INVALID',
  'K3S_ETCD_EVEN',
  'BASE_NONE_AVAILABLE',
  'DEBIAN_TOOLS_MISSING',
  'DEBIAN_ASSEMBLY_FAILED',
  'XZ_BLOCK_TOO_LARGE',
])

/** Facts that are lists of words. */
const LISTS: ReadonlySet<string> = new Set([
  'known',
  'allowed',
  'features',
  'places',
  'images',
  'chain',
  'nodes',
  'partitions',
  'files',
  'authorities',
])
/** Facts that can be null: with null, the hint gives general advice. */
const NULLABLE: ReadonlySet<string> = new Set(['suggestion', 'nearest', 'otherSection', 'remedy'])

/** Facts that are null in most cases: pages show the message without them. */
const MOSTLY_NULL: ReadonlySet<string> = new Set(['otherVersion'])

/** Gives facts that show where values go: `<file>` for `file`. `known` says whether a better word is known. */
export function placeholderFacts<C extends ErrorCode>(code: C, suggestion: 'known' | 'unknown'): ErrorFacts<C> {
  const example = new Map<string, unknown>(Object.entries(exampleFacts(code) ?? {}))
  const placeholders = new Proxy(
    {},
    {
      get: (_target, name) => {
        if (typeof name !== 'string') return undefined
        if (computed.has(code) && typeof example.get(name) !== 'string') return example.get(name)
        if (MOSTLY_NULL.has(name)) return null
        if (suggestion === 'unknown' && NULLABLE.has(name)) return null
        return LISTS.has(name) ? [`<${name}>`] : `<${name}>`
      },
    },
  )
  // Message functions read facts into text and no more; the test of the pages holds that each can read these.
  return placeholders as ErrorFacts<C>
}
