import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { formatBootstrapToken, formatJoinToken, hashOfRoot } from '../../src/pki/join-token.ts'

// A root that all the world trusts, and the fingerprint that its authority publishes: https://letsencrypt.org/certificates/
const root = readFileSync(new URL('samples/isrg-root-x1.pem', import.meta.url), 'utf8')
const HASH = '96bcec06264976f37460779acf28c5a7cfe8a3c0aae11a8ffcee05c0bddf08c6'

test('the hash of a root is its published fingerprint', () => {
  expect(hashOfRoot(root)).toBe(HASH)
})

test('tokens have the forms of k3s', () => {
  expect(formatJoinToken(HASH, 'server', 'secret')).toBe(`K10${HASH}::server:secret`)
  expect(formatJoinToken(HASH, 'node', 'secret')).toBe(`K10${HASH}::node:secret`)
  expect(formatBootstrapToken(HASH, 'abc123', '0123456789abcdef')).toBe(`K10${HASH}::abc123.0123456789abcdef`)
})
