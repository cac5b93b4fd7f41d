import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { expect, test } from 'vitest'
import { clusterSchema } from '../../../src/config/schema/cluster-schema.ts'
import { formatSchema } from '../../../src/config/schema/format-schema.ts'
import { describeError, type ErrorCode, errorCodes } from '../../../src/errors.ts'

/** Calls back for each map inside a JSON value. */
function forEachMap(
  value: unknown,
  use: (map: Readonly<Record<string, unknown>>, path: string) => void,
  path = '#',
): void {
  if (typeof value !== 'object' || value === null) return
  if (!Array.isArray(value)) use(value as Record<string, unknown>, path)
  for (const [key, inner] of Object.entries(value)) forEachMap(inner, use, `${path}/${key}`)
}

test('docs/cluster.schema.json is current; `npm run schema` writes it', async () => {
  expect(await readFile(join(import.meta.dirname, '../../../docs/cluster.schema.json'), 'utf8')).toBe(formatSchema())
})

test('is a valid JSON Schema without our own keywords', () => {
  const ajv = new Ajv({ allowUnionTypes: true })
  expect(() => ajv.compile(JSON.parse(formatSchema()) as object)).not.toThrow()
})

test('every key has a description for editors', () => {
  const missing: string[] = []
  forEachMap(clusterSchema, (map, path) => {
    if (
      !/\/properties\/[^/]+$/.test(path) ||
      path.endsWith('Config/properties') ||
      /(sha256|Config)\/properties/.test(path)
    )
      return
    const target =
      typeof map.$ref === 'string'
        ? (clusterSchema.definitions as Record<string, { description?: string }>)[
            map.$ref.slice('#/definitions/'.length)
          ]
        : map
    if (typeof target?.description !== 'string') missing.push(path)
  })
  expect(missing.filter((path) => !path.endsWith('/profile') && !path.endsWith('/extends'))).toEqual([])
})

test('every error that it names needs no more facts than the value', () => {
  const codes: string[] = []
  forEachMap(clusterSchema, (map) => {
    if (typeof map['x-code'] === 'string') codes.push(map['x-code'])
  })
  expect(codes.length).toBeGreaterThan(15)
  for (const code of codes) {
    expect(errorCodes).toContain(code)
    expect(describeError(code as ErrorCode, { value: 'x' }).message).not.toContain('undefined')
  }
})

test('every map refuses unknown keys', () => {
  const open: string[] = []
  forEachMap(clusterSchema, (map, path) => {
    if ([map.type].flat().includes('object') && map.additionalProperties === undefined) open.push(path)
  })
  // Options of k3s are checked by name with better advice than the schema could give.
  expect(open).toEqual(['#/properties/k3s/properties/serverConfig', '#/properties/k3s/properties/agentConfig'])
})
