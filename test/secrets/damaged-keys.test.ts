import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { completeSecrets } from '../../src/secrets/complete-secrets.ts'
import { listSecretTexts } from '../../src/secrets/known-secrets.ts'
import { formatSecretsFile, parseSecretsFile } from '../../src/secrets/secrets-file.ts'

const needs = { needsKeyPair: true, nodeNames: ['worker-1'], joinTokens: null }
const make = (name: string) =>
  completeSecrets(null, name, needs, { randomBytes, now: new Date('2026-11-21T12:00:00Z') })

test.each(['server-ca', 'etcd/peer-ca', 'root'] as const)(
  'a key of %s that does not belong to its certificate is refused',
  async (name) => {
    const secrets = await make('home')
    const other = await make('home')
    await expect(parseSecretsFile(formatSecretsFile(secrets), 'home.secrets.yaml')).resolves.toMatchObject({
      cluster: 'home',
    })
    const key = secrets.pki[name].key
    for (const wrong of [
      other.pki[name].key,
      key.replace(/\n.{64}\n/, '\n'),
      key.replace(/(\n.{10})./, (_all, start: string) => `${start}${key.includes(`${start}A`) ? 'B' : 'A'}`),
    ]) {
      const text = formatSecretsFile({
        ...secrets,
        pki: { ...secrets.pki, [name]: { ...secrets.pki[name], key: wrong } },
      })
      await expect(parseSecretsFile(text, 'home.secrets.yaml')).rejects.toMatchObject({
        code: 'SECRETS_INVALID',
        facts: { reason: `\`pki.${name}\` is cut off or damaged` },
      })
    }
  },
)

test('a cut key of service accounts is refused', async () => {
  const secrets = await make('home')
  const text = formatSecretsFile({
    ...secrets,
    pki: { ...secrets.pki, serviceKey: secrets.pki.serviceKey.replace(/\n.{64}\n/, '\n') },
  })
  await expect(parseSecretsFile(text, 'home.secrets.yaml')).rejects.toMatchObject({ code: 'SECRETS_INVALID' })
})

test('two clusters with nodes of the same names have no searched text in common', async () => {
  const [first, second] = [listSecretTexts(await make('home')), listSecretTexts(await make('home'))]
  expect(first.length).toBeGreaterThan(40)
  const texts = new Set(second.map(({ text }) => text))
  expect(first.filter(({ text }) => texts.has(text))).toEqual([])
  for (const name of ['worker-1 host key', 'admin-key', 'key of root', 'service key'])
    expect(first.filter((one) => one.name === name).length).toBeGreaterThan(0)
})
