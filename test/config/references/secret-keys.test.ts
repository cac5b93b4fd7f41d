/** Every secret key of the schema takes references: the keys are found in the schema, so that a new one is tried too. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AnySchemaObject } from 'ajv'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { clusterSchema, schemaDefinitions } from '../../../src/config/schema/cluster-schema.ts'
import { secretKeys } from '../../../src/config/schema/secret-keys.ts'
import { describeError } from '../../../src/errors.ts'
import { reveal, Secret } from '../../../src/model/secret.ts'
import { loadFixture, problemsOf, withClusterFile } from '../load-fixture.ts'

interface TextKey {
  readonly path: readonly string[]
  readonly schema: AnySchemaObject
}

/** Lists the keys of the cluster file that hold text, with `[]` for the entries of a list. */
function textKeys(schema: AnySchemaObject, path: readonly string[] = []): readonly TextKey[] {
  const name = typeof schema.$ref === 'string' ? schema.$ref.slice('#/definitions/'.length) : null
  const one = name === null ? schema : (schemaDefinitions[name] ?? expect.fail(`no ${name}`))
  const types = [one.type].flat() as readonly unknown[]
  return [
    ...(types.includes('string') ? [{ path, schema: one }] : []),
    ...Object.entries((one.properties ?? {}) as Record<string, AnySchemaObject | true>).flatMap(([key, inner]) =>
      inner === true ? [] : textKeys(inner, [...path, key]),
    ),
    ...(typeof one.items === 'object' ? textKeys(one.items as AnySchemaObject, [...path, '[]']) : []),
  ]
}

const all = textKeys(clusterSchema)
const withReferences = all.filter(({ schema }) => schema['x-text'] === 'reference')
const named = (path: readonly string[]): string => path.join('.')

/** A valid value of each secret key, by its error code. */
const samples: Readonly<Record<string, string>> = {
  ADMIN_PASSWORD_INVALID: 'correct horse',
  ADMIN_PASSWORD_HASH_INVALID: `$6$saltsalt$${'a'.repeat(86)}`,
  K3S_DATASTORE_INVALID: 'postgres://k3s:correct-horse@db.lan:5432/k3s',
  NETWORK_WIFI_PASSWORD_INVALID: 'correct horse',
}

/** A cluster file with a text at a path. */
function clusterWith(path: readonly string[], text: string): string {
  const file: Record<string, unknown> = { name: 'home', nodes: [{ name: 'server-1', profile: 'server' }] }
  let inner: Record<string, unknown> = file
  for (const [index, key] of path.slice(0, -1).entries()) {
    if (key === '[]') continue
    const next =
      path[index + 1] === '[]' ? ((inner[key] ??= [{}]) as [Record<string, unknown>])[0] : (inner[key] ??= {})
    inner = next as Record<string, unknown>
  }
  inner[path.at(-1) ?? ''] = text
  if (path.at(-2) === 'wifi') Object.assign(inner, { ssid: 'barn', country: 'GB', ...inner })
  return stringify(file)
}

/** Every secret in a value. */
function secretsIn(value: unknown): readonly string[] {
  if (value instanceof Secret) return [String(reveal(value))]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(secretsIn) : []
}

test('a key whose value is never shown takes references, or is known to hold no secret of the user', () => {
  const without: Readonly<Record<string, string>> = {
    'admin.sshKeys.[]': 'public keys; a private one that is pasted by mistake is not shown',
    'k3s.releaseUrl': 'every user of a node may read the file that it goes to',
    'commands.[]': 'shell, where ${NAME} is a variable of the node',
    'nodes.[].commands.[]': 'the same',
  }
  const hidden = all.filter(({ schema }) => schema.writeOnly === true)
  expect(
    hidden
      .filter(({ schema }) => schema['x-text'] !== 'reference')
      .map(({ path }) => named(path))
      .sort(),
  ).toEqual(Object.keys(without).sort())
  expect(withReferences.filter(({ schema }) => schema.writeOnly !== true)).toEqual([])
})

test('each secret key of the table is in the schema', () => {
  const codes = new Set(withReferences.map(({ schema }) => schema['x-code'] as string))
  expect([...codes].sort()).toEqual(
    Object.values(secretKeys)
      .map(({ code }) => code)
      .sort(),
  )
})

test('the hint for other keys names every secret key', () => {
  const { hint } = describeError('REFERENCE_KEY_NOT_SECRET', { key: 'x' })
  for (const { path } of withReferences) expect(hint).toContain(`\`${named(path).replace('nodes.[].', '')}\``)
})

test.each(Object.entries(secretKeys))('the stand-in of %s is a valid value', (_name, { pattern, standIn }) => {
  expect(standIn).toMatch(new RegExp(pattern))
})

describe.each(withReferences.map(({ path, schema }) => [named(path), path, String(schema['x-code'])] as const))(
  '%s',
  (_name, path, code) => {
    const sample = samples[code] ?? expect.fail(`no sample for ${code}`)

    test('takes its value from the environment, a file and the secrets file', async () => {
      const load = (text: string) =>
        withClusterFile(clusterWith(path, text), async (file, folder) => {
          await writeFile(join(folder, 'value.txt'), `${sample}\n`, { mode: 0o600 })
          const sources = { env: { VALUE: sample }, readSecrets: () => Promise.resolve({ 'a.value': sample }) }
          return loadFixture(file, undefined, sources)
        })
      const literal = await load(sample)
      expect(secretsIn(literal.cluster)).toEqual([sample])
      expect(literal.values).toEqual([])
      for (const reference of ['${env:VALUE}', '${file:value.txt}', '${secret:a.value}']) {
        const { cluster, values, warnings } = await load(reference)
        expect(secretsIn(cluster)).toEqual([sample])
        expect(cluster).toEqual(literal.cluster)
        expect(warnings).toEqual(literal.warnings)
        expect(values.map(({ name, text }) => [name, reveal(text)])).toEqual([[reference, sample]])
      }
    })

    test.each([
      ['${VALUE}', 'REFERENCE_INVALID'],
      ['${env:VALUE}', 'REFERENCE_VARIABLE_UNSET'],
      ['${file:value.txt}', 'REFERENCE_FILE_UNREADABLE'],
      ['${secret:a.value}', 'REFERENCE_SECRET_UNSET'],
    ])('without a value, %s is an error at its place: %s', async (text, expected) => {
      await withClusterFile(clusterWith(path, text), async (file) => {
        const lines = clusterWith(path, text).split('\n')
        const line = lines.findIndex((one) => one.includes(text)) + 1
        const column = (lines[line - 1] ?? '').indexOf(text) + 1
        const [problem, ...others] = await problemsOf(file)
        expect(others).toEqual([])
        expect(problem).toMatchObject({ severity: 'error', code: expected, file, line, column })
        expect(problem?.message).toContain(`\`${named(path).replace('nodes.[]', 'nodes[0]')}\``)
      })
    })

    test('refuses a value that is not allowed there, and names key and reference, not the value', async () => {
      await withClusterFile(clusterWith(path, '${env:VALUE}'), async (file) => {
        const wrong = 'horse\tbattery'
        const [problem] = await problemsOf(file, { env: { VALUE: wrong } })
        expect(problem).toMatchObject({ severity: 'error', code: 'REFERENCE_VALUE_INVALID' })
        expect(problem?.message).toContain('${env:VALUE}')
        expect(problem?.message).toContain(`\`${named(path).replace('nodes.[]', 'nodes[0]')}\``)
        expect(JSON.stringify(problem)).not.toMatch(/horse|battery/)
      })
    })
  },
)

test('no other key of text takes references', async () => {
  const others = all.filter(({ schema }) => schema['x-text'] === undefined)
  expect(others.length).toBeGreaterThan(40)
  for (const { path } of others.filter((one) => one.path[0] !== 'nodes' && one.path[0] !== 'k3s')) {
    const [last = '', list] = [path.filter((step) => step !== '[]').at(-1), path.at(-1) === '[]']
    const text = clusterWith(list ? path.slice(0, -1) : path, '${env:VALUE}')
    const whole = list ? text.replace('${env:VALUE}', '["${env:VALUE}"]') : text
    await withClusterFile(whole, async (file) => {
      const codes = (await problemsOf(file, { env: { VALUE: 'x' } })).map(({ code }) => code)
      expect(codes, `${last}: ${whole}`).toContain('REFERENCE_KEY_NOT_SECRET')
    })
  }
})
