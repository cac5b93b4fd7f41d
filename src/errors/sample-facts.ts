import type { ErrorCode, ErrorFacts } from '../errors.ts'

/** Facts of codes whose words count, list or add: for these, names in angle brackets say nothing. */
const sampleFacts: { readonly [C in ErrorCode]?: ErrorFacts<C> } = {
  CLUSTER_INVALID: {
    problems: [
      {
        severity: 'error',
        code: '<code>',
        message: '<message>',
        hint: '<hint>',
        file: '<file>',
        line: 4,
        column: 12,
      },
    ],
  },
  K3S_ETCD_EVEN: { count: 4 },
  NODE_RANGE_MISMATCH: { key: '<key>', count: 2, nameCount: 3 },
  BASE_NONE_AVAILABLE: {
    attempts: ['first', 'second'].map((one) => ({
      reference: `<${one}>`,
      message: `<why the ${one} is not available>`,
      hint: '<what to do about it>',
    })),
  },
  DEBIAN_TOOLS_MISSING: { missing: [{ name: '<program>', package: '<package>' }] },
  DEBIAN_ASSEMBLY_FAILED: { suite: '<suite>', program: '<program>', output: ['<its last lines>'] },
  XZ_BLOCK_TOO_LARGE: { file: '<file>', byteLength: 3 * 1024 ** 3, limit: 1024 ** 3 },
}

/** Facts that are lists of words. */
const LISTS: ReadonlySet<string> = new Set([
  'known',
  'allowed',
  'features',
  'places',
  'images',
  'chain',
  'nodes',
  'references',
])
/** Facts that can be null: with null, the hint gives general advice. */
const NULLABLE: ReadonlySet<string> = new Set(['suggestion', 'nearest', 'otherSection', 'remedy'])

/** Facts that are null in most cases: pages show the message without them. */
const MOSTLY_NULL: ReadonlySet<string> = new Set(['otherVersion'])

/** Gives facts that show where values go: `<file>` for `file`. `known` says whether a better word is known. */
export function placeholderFacts<C extends ErrorCode>(code: C, suggestion: 'known' | 'unknown'): ErrorFacts<C> {
  const placeholders = new Proxy(
    {},
    {
      get: (_target, name) => {
        if (typeof name !== 'string') return undefined
        if (MOSTLY_NULL.has(name)) return null
        if (suggestion === 'unknown' && NULLABLE.has(name)) return null
        return LISTS.has(name) ? [`<${name}>`] : `<${name}>`
      },
    },
  )
  // Message functions read facts into text and no more; the test of the pages holds that each can read these.
  return sampleFacts[code] ?? (placeholders as ErrorFacts<C>)
}
