/** The tokens that a node gets are read out of its rendered files, and compared with the certificates that the servers get. */
import { createHash, randomBytes, X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { NodePlan } from '../../src/model/node-plan.ts'
import { createRenderContext, renderNode } from '../../src/render/render-node.ts'
import { ensureSecrets } from '../../src/secrets/ensure-secrets.ts'
import { starter } from '../render/plans.ts'
import { shippedTemplates, textOf } from '../render/rendered.ts'

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g
let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bantam-tokens-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

test('every rendered token names the certificate at the end of the chain that the server shows', async () => {
  const [server, worker] = starter
  if (!server || !worker) throw new Error('plans are missing')
  const secrets = await ensureSecrets(
    {
      file: join(folder, 'home.secrets.yaml'),
      clusterName: 'home',
      keys: { identities: [], passphrase: null, askPassphrase: null },
      signal: new AbortController().signal,
    },
    { needsKeyPair: true, nodeNames: starter.map(({ name }) => name), joinTokens: null },
    { randomBytes, now: new Date('2026-11-21T12:00:00Z') },
  )
  const context = createRenderContext(secrets, shippedTemplates)
  const chain = textOf(renderNode(server, context), 'var/lib/rancher/k3s/server/tls/server-ca.crt').match(CERTIFICATE)
  const root = new X509Certificate(chain?.at(-1) ?? '')
  // The root signs itself; the authority of servers does not.
  expect([root.checkIssued(root), chain?.length]).toEqual([true, 2])
  const hash = createHash('sha256').update(root.raw).digest('hex')
  const tokensOf = (plan: NodePlan): readonly string[] => {
    const config = parse(textOf(renderNode(plan, context), 'etc/rancher/k3s/config.yaml')) as Record<string, string>
    return [config.token, config['agent-token']].filter((token) => token !== undefined)
  }
  const tokens = [...tokensOf(server), ...tokensOf(worker)]
  expect(tokens).toHaveLength(3)
  for (const token of tokens) expect(token.split('::')[0]).toBe(`K10${hash}`)
})
