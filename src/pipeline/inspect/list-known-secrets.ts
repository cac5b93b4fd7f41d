import type { Cluster } from '../../model/cluster.ts'
import type { NamedSecret, SecretForm } from '../../model/named-secret.ts'
import { reveal, Secret } from '../../model/secret.ts'
import { listSecretTexts, type SearchPattern } from '../../secrets/known-secrets.ts'
import { partFormsOf, wholeFormsOf } from '../../secrets/secret-forms.ts'
import type { SecretsFile } from '../../secrets/secrets-file.ts'
import { listValueTexts } from '../../secrets/user-values.ts'
import { writtenForms } from '../../templates/written-forms.ts'
import { SHORTEST_PATTERN_BYTES } from '../../text/pattern-set.ts'
import { listSearchPatterns } from './list-search-patterns.ts'

const LONG_ENOUGH = 12

/**
 * Lists everything secret that is known of a cluster, in every form in which a file may hold it: the secrets that bantam made, the user's
 * values and the values from outside of the cluster file. On a `disk`, a text may be cut in two. Of equal texts, the first name is kept.
 */
export function listKnownSecrets(
  file: SecretsFile,
  cluster: Cluster,
  values: readonly NamedSecret[],
  where: 'disk' | 'files',
): readonly SecretForm[] {
  const patterns: readonly SearchPattern[] = [
    ...listSecretTexts(file),
    ...listSearchPatterns(cluster, file.passwordSalt),
    ...listValueTexts(file),
    ...values.map(({ name, text }) => ({ name, text: reveal(text) })),
  ]
  const formsOf = where === 'disk' ? partFormsOf : wholeFormsOf
  const known = new Map<string, Omit<SecretForm, 'text'>>()
  for (const { name, text } of patterns.filter(isDistinctive)) {
    // Many nodes share a network.
    if (known.has(text)) continue
    for (const form of writtenForms(text).flatMap(formsOf)) {
      // Of a short text, little is left in some forms.
      const isLongEnough = Buffer.byteLength(form.text) >= SHORTEST_PATTERN_BYTES
      if (isLongEnough && !known.has(form.text)) known.set(form.text, { name, acrossLines: form.acrossLines })
    }
  }
  return [...known].map(([text, form]) => ({ ...form, text: new Secret(text) }))
}

/** A short value of letters alone is a word: it would be found in files that have nothing to do with it. */
function isDistinctive({ text }: SearchPattern): boolean {
  const kinds = [/[a-z]/, /[A-Z]/, /[0-9]/, /[^A-Za-z0-9]/].filter((kind) => kind.test(text)).length
  const byteLength = Buffer.byteLength(text)
  return byteLength >= LONG_ENOUGH || (byteLength >= SHORTEST_PATTERN_BYTES && kinds > 1)
}
