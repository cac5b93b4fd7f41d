import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { BuildError } from '../../errors.ts'
import type { Problem } from '../../errors/problem.ts'
import { systemReason } from '../../host/system-reason.ts'
import { type Checked, problem } from '../../yaml-source/describe-problem.ts'
import { at, type Located, type Place } from '../../yaml-source/place.ts'
import { readYamlSource } from '../../yaml-source/read-yaml-source.ts'
import { suggestWord } from '../../yaml-source/suggest-word.ts'
import { checkPlainTexts } from '../references/check-plain-texts.ts'
import { checkProfileShape } from '../schema/check-shape.ts'
import type { RawProfile } from '../schema/raw-cluster.ts'

export interface Profile extends Located<RawProfile> {
  readonly name: string
  /** False where wrong parts were removed from the value. */
  readonly isWhole: boolean
}

/** Profiles by name; null for one whose file cannot be parsed. */
export type Profiles = ReadonlyMap<string, Profile | null>

const EXTENSION = '.yaml'

/** Reads the shipped profiles and the user's. The user's replace shipped ones of the same name. The user may have none. */
export async function loadProfiles(shippedFolder: string, ownFolder: string): Promise<Checked<Profiles>> {
  const files = new Map<string, string>()
  for (const file of await listProfiles(shippedFolder, 'needed')) files.set(file, join(shippedFolder, file))
  if (resolve(ownFolder) !== resolve(shippedFolder)) {
    for (const file of await listProfiles(ownFolder, 'optional')) files.set(file, join(ownFolder, file))
  }
  const loaded = await Promise.all(
    [...files].map(async ([file, path]) => loadProfile(file.slice(0, -EXTENSION.length), path)),
  )
  const profiles = new Map(loaded.map(({ name, profile }) => [name, profile]))
  return { value: profiles, problems: [...loaded.flatMap(({ problems }) => problems), ...checkParents(profiles)] }
}

/** Returns a profile and its parents, nearest first; null where one of them is missing, unreadable or part of a circle. */
export function profileChain(name: string, profiles: Profiles): readonly Profile[] | null {
  const chain: Profile[] = []
  let next: string | undefined = name
  while (next !== undefined) {
    const profile = profiles.get(next)
    if (profile === null || profile === undefined || chain.includes(profile)) return null
    chain.push(profile)
    next = profile.value.extends
  }
  return chain
}

/** Reports that a profile does not exist, and suggests a similar name. */
export function unknownProfile(name: string, profiles: Profiles, place: Place): Problem {
  const known = [...profiles.keys()].sort()
  return problem('PROFILE_UNKNOWN', { profile: name, known, suggestion: suggestWord(name, known, place) }, place)
}

async function listProfiles(folder: string, presence: 'needed' | 'optional'): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter((file) => file.endsWith(EXTENSION)).sort()
  } catch (cause) {
    if (presence === 'optional' && cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return []
    throw new BuildError('YAML_FILE_UNREADABLE', { file: folder, reason: systemReason(cause) }, { cause })
  }
}

async function loadProfile(
  name: string,
  path: string,
): Promise<{ name: string; profile: Profile | null; problems: readonly Problem[] }> {
  const { source, problems: textProblems } = await readYamlSource(path)
  if (source === null) return { name, profile: null, problems: textProblems }
  const plain = checkPlainTexts(source, { $ref: '#/definitions/profile' })
  const { value, problems } = await checkProfileShape(plain.value)
  const isWhole = problems.length === 0
  return {
    name,
    profile: { name, source: plain.value, path: [], part: 'value', value, isWhole },
    problems: [...plain.problems, ...problems],
  }
}

function checkParents(profiles: Profiles): readonly Problem[] {
  return [...profiles.values()].flatMap((profile) => {
    if (profile === null) return []
    const parent = profile.value.extends
    if (parent === undefined) return []
    if (!profiles.has(parent)) return [unknownProfile(parent, profiles, at(profile, 'extends'))]
    const circle = circleFrom(profile, profiles)
    // Every member of a circle finds the circle. Only the first by name reports it.
    if (circle?.toSorted()[0] !== profile.name) return []
    return [problem('PROFILE_CYCLE', { chain: [...circle, profile.name] }, at(profile, 'extends'))]
  })
}

function circleFrom(start: Profile, profiles: Profiles): readonly string[] | null {
  const names = [start.name]
  for (let next = start.value.extends; next !== undefined; next = profiles.get(next)?.value.extends) {
    if (next === start.name) return names
    if (names.includes(next)) return null
    names.push(next)
  }
  return null
}
