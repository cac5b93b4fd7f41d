import type { Problem } from '../../errors/problem.ts'
import { findFlagTable, flagNamesOf, isTableOf } from '../../model/k3s-flags/find-flag-table.ts'
import { problem } from '../../yaml-source/describe-problem.ts'
import { at, atKey, type Located } from '../../yaml-source/place.ts'
import { suggestWord } from '../../yaml-source/suggest-word.ts'
import type { RawK3s } from '../schema/raw-cluster.ts'
import { isFlagAllowed, reservedFlags, secretFlags } from '../tables/k3s-flags.ts'

type Section = 'serverConfig' | 'agentConfig'

/** The keys that a k3s release knows. */
interface KnownFlags extends Readonly<Record<Section, readonly string[]>> {
  /** The minor version that the keys are of, if it is not that of the cluster. */
  readonly otherVersion: string | null
}

/** Checks the options that a user passes to k3s. k3s itself ignores options that it does not know. */
export function checkK3sFlags(k3s: Located<RawK3s>, release: string): readonly Problem[] {
  const table = findFlagTable(release)
  const known = {
    serverConfig: flagNamesOf(table, 'server'),
    agentConfig: flagNamesOf(table, 'agent'),
    otherVersion: isTableOf(table, release) ? null : table.version,
  }
  return [...checkSection(k3s, 'serverConfig', known), ...checkSection(k3s, 'agentConfig', known)]
}

function checkSection(k3s: Located<RawK3s>, section: Section, known: KnownFlags): readonly Problem[] {
  return Object.entries(k3s.value[section] ?? {}).flatMap(([key, value]) => {
    const keyProblem = checkKey(key, section, known, k3s)
    if (keyProblem !== null) return [keyProblem]
    if (isFlagValue(value)) return []
    const facts = {
      key: `k3s.${section}.${key}`,
      expected: 'text, a number, true or false, or a list of these',
      actual: value === null ? 'nothing (null)' : 'something else',
    }
    return [problem('CLUSTER_WRONG_TYPE', facts, at(k3s, section, key))]
  })
}

function checkKey(key: string, section: Section, known: KnownFlags, k3s: Located<RawK3s>): Problem | null {
  const place = atKey(k3s, section, key)
  if (Object.hasOwn(reservedFlags, key))
    return problem('K3S_CONFIG_RESERVED_KEY', { key, instead: reservedFlags[key] ?? '' }, place)
  // `key+` appends to the value of an earlier file, and there is no earlier file.
  if (!known[section].includes(key)) {
    const other: Section = section === 'agentConfig' ? 'serverConfig' : 'agentConfig'
    const otherSection = known[other].includes(key) && isFlagAllowed(key) ? `\`k3s.${other}\`` : null
    // Suggest only flags that are allowed: any other would lead to the next error.
    const suggestion = otherSection === null ? suggestWord(key, known[section].filter(isFlagAllowed), place) : null
    const { otherVersion } = known
    const facts = { key, section: `\`k3s.${section}\``, suggestion, otherSection, otherVersion }
    return problem('K3S_CONFIG_UNKNOWN_KEY', facts, place)
  }
  const safer = secretFlags[key]
  return safer === undefined ? null : problem('K3S_CONFIG_SECRET_KEY', { key, instead: safer }, place)
}

function isFlagValue(value: unknown): boolean {
  const isScalar = (item: unknown): boolean =>
    typeof item === 'string' || typeof item === 'boolean' || (typeof item === 'number' && Number.isFinite(item))
  return isScalar(value) || (Array.isArray(value) && value.every(isScalar))
}
