import type { ErrorEntry } from './error-entry.ts'
import { docsPage } from './shared-hints.ts'

/** Wrong calls of the functions that `index.ts` exports. */
export const apiErrors = {
  API_OPTION_MISSING: {
    kind: 'input',
    message: (d: { function: string; option: string }) => `${d.function}() was called without \`${d.option}\`.`,
    hint: (d: { function: string; option: string }) =>
      `Add \`${d.option}\` to the object that ${d.function}() is given. An example is in ${docsPage('api')}.`,
    example: { function: 'buildImages', option: 'cluster' },
  },
  API_OPTION_UNKNOWN: {
    kind: 'input',
    message: (d: { function: string; option: string; nearest: string | null; known: readonly string[] }) =>
      `${d.function}() was given \`${d.option}\`, which is no option of it.`,
    hint: (d: { function: string; nearest: string | null; known: readonly string[] }) =>
      d.nearest === null ? `Its options are: ${d.known.join(', ')}.` : `Did you mean \`${d.nearest}\`?`,
    example: {
      function: 'validate',
      option: 'seed',
      nearest: 'seeds',
      known: ['cluster', 'workingFolder', 'homeFolder', 'env', 'now', 'signal', 'seeds'],
    },
  },
  API_OPTION_INVALID: {
    kind: 'input',
    message: (d: { function: string; option: string; value: string; expected: string }) =>
      `${d.function}() was given ${d.value} as \`${d.option}\`, which is not ${d.expected}.`,
    hint: (d: { function: string }) => `Correct the option. An example of ${d.function}() is in ${docsPage('api')}.`,
    example: { function: 'starterCluster', option: 'servers', value: '2', expected: 'an odd number: 1, 3, 5 …' },
  },
} as const satisfies Record<string, ErrorEntry>
