// @module-tag slow
/** What nodes get to know their cluster by, read from rendered files alone and computed by openssl. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { parse } from 'yaml'
import { CLUSTER, rendered } from '../support/cli-project.ts'
import { bantam } from '../support/run-cli.ts'
import { run, testWith } from '../support/validators.ts'

const openssl = (input: string, ...words: readonly string[]): string => run('openssl', words, { input }).output

/** SHA-256 of a certificate's DER, as k3s computes it: pkg/clientaccess, `hashCA`. */
function fingerprintOf(certificate: string): string {
  const text = openssl(certificate, 'x509', '-noout', '-fingerprint', '-sha256')
  return text.trim().replace(/.*=/, '').replaceAll(':', '').toLowerCase()
}

testWith('openssl').each([
  ['the token that all agents share', CLUSTER],
  ['separate tokens', `join: {tokenLifetime: 24h}\n${CLUSTER}`],
])('each rendered token names the root of the rendered server CA: %s', async (_name, text) => {
  const folder = await rendered(text)
  expect((await bantam(folder, ['kubeconfig'])).status).toBe(0)
  const rootOf = (path: string): string => join(folder, 'out/home.access/seeds', path)
  const bundle = readFileSync(rootOf('server-1/root/var/lib/rancher/k3s/server/tls/server-ca.crt'), 'utf8')
  const [authority = '', root = '', ...rest] =
    bundle.match(/-----BEGIN CERTIFICATE-----[^]+?-----END CERTIFICATE-----\n/g) ?? []
  expect(rest).toEqual([])
  const nameOf = (certificate: string, which: 'subject' | 'issuer'): string =>
    openssl(certificate, 'x509', '-noout', `-${which}`).replace(/^\w+=/, '')
  // The root signs itself and the CA; it is not the CA.
  expect(nameOf(root, 'issuer')).toBe(nameOf(root, 'subject'))
  expect(nameOf(authority, 'issuer')).toBe(nameOf(root, 'subject'))
  expect(nameOf(authority, 'subject')).not.toBe(nameOf(root, 'subject'))

  const hash = fingerprintOf(root)
  const tokens = ['server-1', 'worker-1', 'worker-2'].flatMap((node) => {
    const config = parse(readFileSync(rootOf(`${node}/root/etc/rancher/k3s/config.yaml`), 'utf8')) as Record<
      string,
      unknown
    >
    return [config.token, config['agent-token']].filter((token) => token !== undefined)
  })
  expect(tokens).toHaveLength(4)
  for (const token of tokens) expect(String(token)).toMatch(new RegExp(`^K10${hash}::`))
  // kubectl trusts the same chain.
  const kubeconfig = readFileSync(join(folder, 'out/home.access/kubeconfig'), 'utf8')
  const trusted = /certificate-authority-data: (\S+)/.exec(kubeconfig)?.[1] ?? expect.fail('no authority')
  expect(Buffer.from(trusted, 'base64').toString()).toBe(bundle)
})
