import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { NamedSecret } from '../../../src/model/named-secret.ts'
import { reveal, Secret } from '../../../src/model/secret.ts'
import { listKnownSecrets } from '../../../src/pipeline/inspect/list-known-secrets.ts'
import { createPskDeriver } from '../../../src/render/derive-psk.ts'
import { completeSecrets } from '../../../src/secrets/complete-secrets.ts'
import { withValue } from '../../../src/secrets/user-values.ts'
import { PatternSet } from '../../../src/text/pattern-set.ts'
import { loadFixture, withClusterFile } from '../../config/load-fixture.ts'
import { withUserFiles } from '../../render/user-files.ts'

const needs = { needsKeyPair: true, nodeNames: ['server-1'], joinTokens: null }
const file = await completeSecrets(null, 'home', needs, { randomBytes, now: new Date() })

/** The known secrets of a cluster with these keys: name and text. */
async function knownOf(
  keys: string,
  env: Readonly<Record<string, string>> = {},
  secrets = file,
  where: 'disk' | 'files' = 'disk',
): Promise<readonly (readonly [string, string])[]> {
  const cluster = `name: home\n${keys}\nnodes: [{name: server-1, profile: server}]\n`
  return withClusterFile(cluster, async (path) => {
    const loaded = await loadFixture(path, undefined, { env })
    return listKnownSecrets(secrets, loaded.cluster, loaded.values, where).map(textOf)
  })
}

function textOf({ name, text }: NamedSecret): readonly [string, string] {
  return [name, reveal(text)]
}

const namesOf = (known: readonly (readonly [string, string])[]): ReadonlySet<string> =>
  new Set(known.map(([name]) => name))

test.each(['Pa$$w0rd$ecret', 'a`b`c"d\\e', "it's", 'p%40ss%25', 'a b\'c"d'.replaceAll(' ', '_')])(
  'the endpoint of a datastore with the password %s is found where systemd reads it',
  async (password) => {
    const endpoint = `postgres://bantam:${password}@db.lan:5432/k3s$x`
    const cluster = `name: home\nk3s: {datastore: ${JSON.stringify(endpoint)}}\nnodes: [{name: server-1, profile: server}]\n`
    await withUserFiles({ 'cluster.yaml': cluster }, async (render) => {
      const [node] = await render()
      const environment = node?.files.find(({ path }) => path.endsWith('k3s.service.env'))?.content
      if (environment === undefined) return expect.fail('no environment')
      const known = await knownOf(`k3s: {datastore: ${JSON.stringify(endpoint)}}`)
      const text = new TextDecoder().decode(environment)
      expect(known.filter(([name, form]) => name === 'k3s.datastore' && text.includes(form))).not.toEqual([])
    })
  },
)

describe('known secrets', () => {
  test('are those of the file, the cluster and references, with what images hold of them', async () => {
    const known = await knownOf(
      `admin: {password: open-sesame}\nnetwork: {wifi: {ssid: barn, password: '\${env:A}', country: GB}}\nk3s: {datastore: 'mysql://k3s:\${env:B}@tcp(db)/k'}`,
      { A: 'correct horse', B: 'battery%20staple' },
      withValue(file, 'mail', 'another staple'),
    )
    const names = namesOf(known)
    for (const name of [
      ...['server-token', 'hash of admin.password', 'admin.password', 'key of the Wi-Fi', 'password of the Wi-Fi'],
      ...['k3s.datastore', 'password of k3s.datastore', '${secret:mail}'],
    ])
      expect(names).toContain(name)
    const texts = known.map(([, text]) => text)
    expect(texts).toEqual(
      expect.arrayContaining([
        ...['open-sesame', 'correct horse', 'battery%20staple', 'battery staple', 'another staple'],
        createPskDeriver()('barn', 'correct horse').slice(0, 32),
        Buffer.from('another stap').toString('base64'),
      ]),
    )
  })

  test('of files are whole: the host of a database is not secret', async () => {
    const datastore = 'postgres://k3s:horse@db.lab.example.org:5432/k3s?sslmode=disable'
    const textsOf = async (where: 'disk' | 'files'): Promise<readonly string[]> =>
      (await knownOf(`k3s: {datastore: '${datastore}'}`, {}, file, where)).map(([, text]) => text)
    const isInCommand = (text: string): boolean => 'psql x@db.lab.example.org:5432/k3s?sslmode=disable'.includes(text)
    expect((await textsOf('disk')).some(isInCommand)).toBe(true)
    const whole = await textsOf('files')
    expect(whole.some(isInCommand)).toBe(false)
    expect(whole).toContain(datastore)
  })

  test.each([
    ['密码密码', 'files'],
    ['密码密码', 'disk'],
    ['pässwört', 'files'],
    ['😀😀😀', 'disk'],
  ] as const)('of other letters than those of ASCII are patterns, too: %s in %s', async (value, where) => {
    const texts = (await knownOf('', {}, withValue(file, 'x', value), where)).map(([, text]) => Buffer.from(text))
    const patterns = new PatternSet(texts)
    for (const before of ['', 'a', 'bc']) {
      const found = patterns.findIn(Buffer.from(Buffer.from(`${before}${value}${before}!`).toString('base64')))
      expect(found.length, before).toBeGreaterThan(0)
    }
    expect(patterns.findIn(Buffer.from(`x=${value}`)).length).toBeGreaterThan(0)
  })

  test('on a disk are found in base64 with line breaks', async () => {
    const texts = (await knownOf('')).filter(([name]) => name === 'service key').map(([, text]) => Buffer.from(text))
    const wrapped = Buffer.from(file.pki.serviceKey).toString('base64').replace(/.{76}/g, '$&\n')
    expect(new PatternSet(texts).findIn(Buffer.from(wrapped)).length).toBeGreaterThan(4)
  })

  test('in hexadecimal digits are found in both cases', async () => {
    const keys = `network: {wifi: {ssid: barn, password: 'correct horse', country: GB}}`
    const psk = createPskDeriver()('barn', 'correct horse')
    const texts = (await knownOf(keys, {}, file, 'files')).map(([, text]) => text)
    expect(texts).toEqual(expect.arrayContaining([psk.toUpperCase(), psk]))
  })

  test('have one name for each text, and are patterns that can be searched for', async () => {
    const known = await knownOf(`network: {wifi: {ssid: barn, password: '\${env:A}', country: GB}}`, {
      A: 'correct horse',
    })
    const texts = known.map(([, text]) => text)
    expect(new Set(texts).size).toBe(texts.length)
    expect(() => new PatternSet(texts.map((text) => new TextEncoder().encode(text)))).not.toThrow()
  })

  test.each([
    ['raspberry', false],
    ['RASPBERRY', false],
    ['aaaaaaaaaaaa', true],
    ['aaaaaaaaaaa', false],
    ['raspb3rry', true],
    ['short1', false],
    ['a-b-c-d', false],
    ['a-b-c-de', true],
  ])('that are words of letters are in many files by chance: %s is searched for: %s', async (value, isKnown) => {
    const values = [{ name: 'v', text: new Secret(value) }]
    await withClusterFile('name: home\nnodes: [{name: server-1, profile: server}]\n', async (path) => {
      const { cluster } = await loadFixture(path)
      expect(listKnownSecrets(file, cluster, values, 'disk').some(({ name }) => name === 'v')).toBe(isKnown)
    })
  })
})
