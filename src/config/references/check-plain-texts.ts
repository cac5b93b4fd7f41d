import type { AnySchemaObject } from 'ajv'
import type { Problem } from '../../errors/problem.ts'
import { type Checked, problem } from '../../yaml-source/describe-problem.ts'
import { at, type Place } from '../../yaml-source/place.ts'
import type { YamlSource } from '../../yaml-source/yaml-source.ts'
import { schemaDefinitions } from '../schema/cluster-schema.ts'
import { formatPath } from '../schema/format-path.ts'

/**
 * Refuses references in keys that are not secret: the image would hold the text `${…}`. `$${` there is the text `${`, as in secret keys. Texts
 * of secret keys stay as they are, and so do those of shell commands and files, where `${…}` has another meaning.
 */
export function checkPlainTexts(source: YamlSource, schema: AnySchemaObject): Checked<YamlSource> {
  const problems: Problem[] = []
  const unescaped: Place[] = []
  const follow = (one: AnySchemaObject | undefined): AnySchemaObject | undefined =>
    typeof one?.$ref === 'string' ? schemaDefinitions[one.$ref.slice('#/definitions/'.length)] : one
  const visit = (value: unknown, found: AnySchemaObject | undefined, place: Place): unknown => {
    const inner = follow(found)
    if (typeof value === 'string') {
      if (inner?.['x-text'] !== undefined || !value.includes('${')) return value
      if (value.replaceAll('$${', '').includes('${'))
        problems.push(problem('REFERENCE_KEY_NOT_SECRET', { key: formatPath(place) }, place))
      if (value.includes('$${')) unescaped.push(place)
      return value.replaceAll('$${', '${')
    }
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) {
      const items = inner?.items as AnySchemaObject | undefined
      return value.map((item: unknown, index) => visit(item, items, at(place, index)))
    }
    const properties = (inner?.properties ?? {}) as Readonly<Record<string, AnySchemaObject | undefined>>
    const entries = Object.entries(value).map(([key, item]: [string, unknown]) => {
      const own = Object.hasOwn(properties, key) ? properties[key] : undefined
      return [key, visit(item, own, at(place, key))] as const
    })
    return Object.fromEntries(entries)
  }
  const value = visit(source.value, schema, { source, path: [], part: 'value' })
  return { value: unescaped.length > 0 ? { ...source, value } : source, problems }
}
