import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { formatKubeconfig } from '../../../src/exports/format-access.ts'
import { markFolder, rememberedRoot, requireSameCluster } from '../../../src/pipeline/access/cluster-mark.ts'
import { resultFoldersOf } from '../../../src/pipeline/project/result-folders.ts'
import { formatAuthority, makeClusterPki } from '../../../src/pki/cluster-pki.ts'
import { hashOfRoot } from '../../../src/pki/join-token.ts'
import { expectRejection } from '../../support/expect-code.ts'
import { temporaryFolder } from '../../support/small-image.ts'

const OURS = { rootHash: 'a'.repeat(64), secretsFile: 'home.secrets.yaml' }
const THEIRS = { rootHash: 'b'.repeat(64), secretsFile: 'lab/home.secrets.yaml' }

test.each(['images', 'access'] as const)('the folder of %s remembers its cluster', async (which) => {
  const folders = resultFoldersOf({ outFolder: temporaryFolder() }, 'home')
  mkdirSync(folders[which])
  await markFolder(folders[which], OURS)
  await requireSameCluster(folders, OURS)
  const error = await expectRejection('OUTPUT_OTHER_CLUSTER', requireSameCluster(folders, THEIRS))
  expect(error.message).toContain(folders[which])
  for (const path of [folders.images, folders.access]) expect(error.hint).toContain(path)
})

test('folders without a mark, or with one that a power cut left empty, belong to nobody', async () => {
  const folders = resultFoldersOf({ outFolder: temporaryFolder() }, 'home')
  await requireSameCluster(folders, OURS)
  mkdirSync(folders.images)
  writeFileSync(join(folders.images, '.root-ca.sha256'), '')
  await requireSameCluster(folders, OURS)
  await markFolder(folders.images, OURS)
  expect(readFileSync(join(folders.images, '.root-ca.sha256'), 'utf8')).toBe(`${OURS.rootHash}\n`)
})

test('the kubeconfig of an earlier version tells the cluster', async () => {
  const folder = temporaryFolder()
  const pki = await makeClusterPki(new Date('2026-01-01'), randomBytes)
  const text = formatKubeconfig({
    clusterName: 'home',
    serverUrl: 'https://192.168.1.10:6443',
    authority: formatAuthority(pki, 'server-ca'),
    user: 'bantam',
    client: { certificate: 'x', key: 'y' },
  })
  writeFileSync(join(folder, 'kubeconfig'), text)
  expect(await rememberedRoot(folder)).toBe(hashOfRoot(pki.root.certificate))
  for (const other of ['', 'apiVersion: v1\n', 'certificate-authority-data: "AAAA"\n']) {
    writeFileSync(join(folder, 'kubeconfig'), other)
    expect(await rememberedRoot(folder)).toBeNull()
  }
})
