import type { AnySchemaObject, ErrorObject, ValidateFunction } from 'ajv'
import type { ErrorCode, ErrorFacts } from '../../errors.ts'
import type { Problem } from '../../errors/problem.ts'
import { type Checked, problem } from '../../yaml-source/describe-problem.ts'
import { at, atKey, type Place } from '../../yaml-source/place.ts'
import { suggestWord } from '../../yaml-source/suggest-word.ts'
import type { YamlSource } from '../../yaml-source/yaml-source.ts'
import { findKeySynonym } from '../tables/key-synonyms.ts'
import { clusterSchema } from './cluster-schema.ts'
import { findSameWord } from './find-same-word.ts'
import { formatPath } from './format-path.ts'
import type { RawCluster, RawProfile } from './raw-cluster.ts'

interface Validators {
  readonly cluster: ValidateFunction
  readonly profile: ValidateFunction
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  boolean: 'true or false',
  object: 'a map of keys',
  array: 'a list',
  null: 'nothing (null)',
}

/** Codes whose only fact is the value. */
type FormatCode = { [C in ErrorCode]: { value: string } extends ErrorFacts<C> ? C : never }[ErrorCode]

let compiledValidators: Promise<Validators> | undefined

/**
 * Checks a cluster file against the schema. Wrong parts are removed from the returned value, so that later checks can continue and all
 * problems are reported at once.
 */
export async function checkClusterShape(source: YamlSource): Promise<Checked<RawCluster>> {
  const { cluster } = await obtainValidators()
  const { value, problems } = checkShape(source, cluster)
  // The schema accepts exactly the values of the type. A test of the schema checks that.
  return { value: value as RawCluster, problems }
}

/** Checks a profile against the schema, as `checkClusterShape` checks a cluster file. */
export async function checkProfileShape(source: YamlSource): Promise<Checked<RawProfile>> {
  const { profile } = await obtainValidators()
  const { value, problems } = checkShape(source, profile)
  return { value: value as RawProfile, problems }
}

/** Compiles the schema on first use, so that commands that read no cluster do not spend the time. */
function obtainValidators(): Promise<Validators> {
  compiledValidators ??= compileValidators()
  return compiledValidators
}

async function compileValidators(): Promise<Validators> {
  const { Ajv } = await import('ajv')
  // Without inlining and optimizing, each definition is compiled once: both schemas take 35 ms instead of 60.
  const cost = { validateSchema: false, inlineRefs: false, code: { optimize: false } } as const
  const ajv = new Ajv({
    allErrors: true,
    verbose: true,
    allowUnionTypes: true,
    keywords: ['x-code', 'x-text'],
    ...cost,
  })
  const cluster = ajv.addSchema(clusterSchema, 'cluster').compile({ $ref: 'cluster' })
  const profile = ajv.compile({ $ref: 'cluster#/definitions/profile' })
  return { cluster, profile }
}

function checkShape(source: YamlSource, validate: ValidateFunction): Checked<unknown> {
  if (validate(source.value)) return { value: source.value, problems: [] }
  const errors = withoutRepetitions(validate.errors ?? [])
  const root: Place = { source, path: [], part: 'value' }
  return {
    value: prune(source.value, errors),
    problems: errors.map((error) => describeShapeError(error, at(root, ...parsePointer(error.instancePath)))),
  }
}

/** Keeps only the first error of each value: a value can violate both its pattern and its length. */
function withoutRepetitions(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const seen = new Set<string>()
  return errors.filter(({ instancePath, keyword, params }) => {
    const subject =
      keyword === 'additionalProperties'
        ? String(params.additionalProperty)
        : keyword === 'required'
          ? String(params.missingProperty)
          : ''
    const key = `${instancePath} ${subject}`
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}

/** Splits a JSON Pointer (RFC 6901). */
function parsePointer(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function describeShapeError(error: ErrorObject, place: Place): Problem {
  const schema: AnySchemaObject = error.parentSchema ?? {}
  const key = place.path.length === 0 ? 'the file' : formatPath(place)
  switch (error.keyword) {
    case 'additionalProperties': {
      const unknownKey = String(error.params.additionalProperty)
      const known = Object.keys((schema.properties ?? {}) as object)
      return problem(
        'CLUSTER_UNKNOWN_KEY',
        {
          key: unknownKey,
          known,
          suggestion: findKeySynonym(unknownKey, known) ?? suggestWord(unknownKey, known, place),
        },
        atKey(place, unknownKey),
      )
    }
    case 'required':
      return problem('CLUSTER_MISSING_KEY', { key: String(error.params.missingProperty) }, place)
    case 'type': {
      const expected = [schema.type]
        .flat()
        .filter((type) => type !== 'null')
        .map(typeName)
        .join(' or ')
      return problem('CLUSTER_WRONG_TYPE', { key, expected, actual: typeName(typeOf(error.data)) }, place)
    }
    case 'enum': {
      const [value, allowed] = [String(error.data), (schema.enum as readonly unknown[]).map(String)]
      return problem('CLUSTER_UNKNOWN_VALUE', { key, value, suggestion: findSameWord(value, allowed), allowed }, place)
    }
    default:
      if (typeof schema['x-code'] !== 'string')
        return problem('CLUSTER_VALUE_INVALID', { key, reason: 'is empty' }, place)
      // The schema names only codes whose facts are the value, or nothing. Every one of them has a test.
      return problem(schema['x-code'] as FormatCode, { value: String(error.data) }, place)
  }
}

function typeName(type: unknown): string {
  return typeNames[String(type)] ?? String(type)
}

function typeOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value
}

/** Copies a value without the parts that errors name. */
function prune(value: unknown, errors: readonly ErrorObject[]): unknown {
  const root = { root: structuredClone(value) }
  for (const { keyword, instancePath, params } of errors) {
    const path = parsePointer(instancePath)
    // A cluster without a required key stays, because its other parts can still be checked. Any other map is removed.
    if (keyword === 'required' && path.length === 0) continue
    remove(root, ['root', ...path, ...(keyword === 'additionalProperties' ? [String(params.additionalProperty)] : [])])
  }
  return root.root ?? {}
}

/** Deletes the value at a path. In a list it leaves a hole, so that the other entries keep their indexes. */
function remove(root: object, path: readonly string[]): void {
  let parent: unknown = root
  for (const step of path.slice(0, -1)) parent = (Object(parent) as Record<string, unknown>)[step]
  if (typeof parent === 'object' && parent !== null) Reflect.deleteProperty(parent, path.at(-1) ?? '')
}
