// @module-tag slow
/** Each certificate that k3s issues against the file of each authority: what a program that reads the file would accept. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type AuthorityFile, authorityFiles, type ClusterPki, makeClusterPki } from '../../src/pki/cluster-pki.ts'
import { toClusterPki } from '../../src/secrets/complete-secrets.ts'
import { separateAuthorities } from '../../src/secrets/separate-authorities.ts'
import { earlierSecrets } from '../support/earlier-secrets.ts'
import { K3S_LEAVES, type K3sLeaf, k3sLeaves, writeK3sLeaves } from '../support/k3s-leaves.ts'
import { run, testWith } from '../support/validators.ts'

const folder = mkdtempSync(join(tmpdir(), 'bantam-authorities-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

const sample = await earlierSecrets(3)
const clusters: Readonly<Record<string, ClusterPki>> = {
  new: await makeClusterPki(new Date('2026-11-21T12:00:00Z'), randomBytes),
  shared: toClusterPki(sample.pki),
  separated: toClusterPki(separateAuthorities(sample).pki),
}
beforeAll(() => {
  for (const [name, pki] of Object.entries(clusters)) writeK3sLeaves(join(folder, name), pki)
})

/** The leaves that a trust file lets in. A thief sends all certificates that ever were on a card, and programs of Go trust each certificate in the file. */
function accepted(cluster: string, trustFile: AuthorityFile): readonly K3sLeaf[] {
  const cwd = join(folder, cluster)
  const { root, authorities } = clusters[cluster] ?? expect.fail(cluster)
  const certificates = [root, ...Object.values(authorities)].map(({ certificate }) => certificate)
  writeFileSync(join(cwd, 'thief.pem'), certificates.join(''))
  const leaves = k3sLeaves.map((leaf) => `leaves/${leaf}.pem`)
  const options = ['-partial_chain', '-CAfile', `${trustFile}.crt`, '-untrusted', 'thief.pem']
  const { output } = run('openssl', ['verify', ...options, '-no-CApath', ...leaves], { cwd })
  return k3sLeaves.filter((leaf) => output.includes(`leaves/${leaf}.pem: OK`))
}

const issuedBy = (file: AuthorityFile): readonly K3sLeaf[] => k3sLeaves.filter((leaf) => K3S_LEAVES[leaf][0] === file)

testWith('openssl').each(['new', 'separated'])(
  'in a %s cluster, no file lets in what another authority signed',
  (cluster) => {
    for (const file of authorityFiles.filter((one) => one !== 'server-ca'))
      expect([file, accepted(cluster, file)]).toEqual([file, issuedBy(file)])
  },
)

testWith('openssl')('only servers are recognized by the file with the root, in a new cluster', () => {
  expect(accepted('new', 'server-ca')).toEqual(issuedBy('server-ca'))
})

testWith('openssl')('in a cluster of an earlier version, each file lets in everything: this judge can fail', () => {
  for (const file of authorityFiles) expect(accepted('shared', file)).toEqual(k3sLeaves)
})

test('what is separated has the keys and certificates that it had', () => {
  for (const file of authorityFiles) {
    const { content: _before, ...before } = toClusterPki(sample.pki).authorities[file]
    const { content, ...after } = toClusterPki(separateAuthorities(sample).pki).authorities[file]
    expect(after).toEqual(before)
    expect(content).toBe(file === 'server-ca' ? undefined : 'twice')
  }
})
