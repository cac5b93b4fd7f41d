import { BuildError, describeError, hasCode } from '../../errors.ts'
import type { Problem } from '../../errors/problem.ts'
import type { NamedSecret } from '../../model/named-secret.ts'
import { Secret } from '../../model/secret.ts'
import { REPLACEMENT } from '../../text/encoding.ts'
import { type Checked, problem, problemOf, warning } from '../../yaml-source/describe-problem.ts'
import type { Place } from '../../yaml-source/place.ts'
import { formatPath } from '../schema/format-path.ts'
import { type SecretKeyName, secretKeys } from '../schema/secret-keys.ts'
import { holdsReferences, parseReferences, type Reference, type TextPart } from './parse-references.ts'
import { readValueFile } from './read-value-file.ts'

/**
 * What a command needs values for. `all`: it writes them, or searches for them, so a reference without a value is an error. `available`: it
 * only checks, so a reference without a value is a warning. `none`: it reads no values at all.
 */
export type ValuesNeed = 'all' | 'available' | 'none'

/** The places outside of the cluster file where values are. */
export interface ValueSources {
  readonly need: ValuesNeed
  /** Makes a path absolute that a YAML file in `folder` names. */
  readonly resolvePath: (path: string, folder: string) => string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Reads the user's values in the secrets file, by name. Without a file, there are none. Throws `SECRETS_KEY_MISSING` and others. */
  readonly readSecrets: () => Promise<Readonly<Record<string, string>>>
}

/** Reads the texts of secret keys. */
export interface UserValues {
  /** Replaces the references in a text by their values. Gives a stand-in for a text without a valid value. */
  readonly read: (key: SecretKeyName, text: string, place: Place) => Promise<Checked<Secret>>
  /** The value of every reference that was read, each once. */
  readonly listValues: () => readonly NamedSecret[]
}

/** The value of one reference, or the reason why there is none. */
type Resolved = { readonly value: string; readonly problems: readonly Problem[] } | BuildError

/** Makes a reader of secret keys. It opens the secrets file only if a text names it. Wait for each call before the next one. */
export function createUserValues(sources: ValueSources): UserValues {
  const known = new Map<string, NamedSecret>()
  const read: UserValues['read'] = async (key, text, place) => {
    if (!holdsReferences(text)) return { value: new Secret(text), problems: [] }
    const standIn = new Secret<string>(secretKeys[key].standIn)
    const parsed = parseReferences(text)
    if ('reason' in parsed) {
      const facts = { key: formatPath(place), reason: parsed.reason }
      return { value: standIn, problems: [problem('REFERENCE_INVALID', facts, place)] }
    }
    const references = parsed.parts.filter((part) => part.kind !== 'text')
    if (references.length > 0 && sources.need === 'none') return { value: standIn, problems: [] }
    const joined = await joinParts(parsed.parts, place, { sources, known })
    const invalid = joined.value === null ? [] : checkValue(key, joined.value, references, place)
    const problems = [...joined.problems, ...invalid]
    return joined.value === null || invalid.length > 0
      ? { value: standIn, problems }
      : { value: new Secret(joined.value), problems }
  }
  return { read, listValues: () => [...known.values()] }
}

interface ReadState {
  readonly sources: ValueSources
  /** Receives the value of each reference. */
  readonly known: Map<string, NamedSecret>
}

/** Joins text and the values of references; null where one has no value. Every missing value is reported. */
async function joinParts(
  parts: readonly TextPart[],
  place: Place,
  { sources, known }: ReadState,
): Promise<Checked<string | null>> {
  const problems: Problem[] = []
  let joined: string | null = ''
  for (const part of parts) {
    if (part.kind === 'text') {
      if (joined !== null) joined += part.text
      continue
    }
    const resolved = await resolveReference(part, place, sources)
    if (resolved instanceof BuildError) {
      const found = problemOf(resolved, place)
      problems.push(sources.need === 'all' ? found : { ...found, severity: 'warning' })
      joined = null
      continue
    }
    const { value } = resolved
    problems.push(...resolved.problems)
    known.set(JSON.stringify([part.written, value]), { name: part.written, text: new Secret(value) })
    if (joined !== null) joined += value
  }
  return { value: joined, problems }
}

async function resolveReference(reference: Reference, place: Place, sources: ValueSources): Promise<Resolved> {
  const facts = { key: formatPath(place), reference: reference.written, name: reference.name }
  switch (reference.kind) {
    case 'env': {
      const value = Object.hasOwn(sources.env, reference.name) ? sources.env[reference.name] : undefined
      if (value?.includes(REPLACEMENT) === true) return new BuildError('REFERENCE_VARIABLE_NOT_TEXT', facts)
      if (value !== undefined && value !== '') return { value, problems: [] }
      // CI sets the variable of a missing secret to an empty text.
      return new BuildError('REFERENCE_VARIABLE_UNSET', {
        ...facts,
        state: value === undefined ? 'is not set' : 'is empty',
      })
    }
    case 'file': {
      const file = await readValueFile(sources.resolvePath(reference.name, place.source.folder))
      if ('reason' in file) return new BuildError('REFERENCE_FILE_UNREADABLE', { ...facts, reason: file.reason })
      const { value, openMode } = file
      const open = openMode === null ? [] : [warning('REFERENCE_FILE_MODE', { ...facts, mode: openMode }, place)]
      return { value, problems: open }
    }
    case 'secret':
      return resolveSecret(reference, facts, sources)
  }
}

async function resolveSecret(
  { name }: Reference,
  facts: { readonly key: string; readonly reference: string; readonly name: string },
  { need, readSecrets }: ValueSources,
): Promise<Resolved> {
  try {
    const secrets = await readSecrets()
    const value = Object.hasOwn(secrets, name) ? secrets[name] : undefined
    return value === undefined ? new BuildError('REFERENCE_SECRET_UNSET', facts) : { value, problems: [] }
  } catch (error) {
    // A check goes on without the key to the secrets file.
    if (need === 'available' && hasCode(error, 'SECRETS_KEY_MISSING')) return error
    throw error
  }
}

/** Checks a value as the schema checks one that is in the file. No message repeats it. */
function checkValue(
  key: SecretKeyName,
  value: string,
  references: readonly Reference[],
  place: Place,
): readonly Problem[] {
  const { code, pattern } = secretKeys[key]
  if (new RegExp(pattern).test(value)) return []
  if (references.length === 0) return [problem(code, undefined, place)]
  const { message, hint } = describeError(code, undefined)
  const facts = { key: formatPath(place), references: references.map(({ written }) => written), message, hint }
  return [problem('REFERENCE_VALUE_INVALID', facts, place)]
}
