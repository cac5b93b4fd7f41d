import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parsePublicKey } from '../../../src/pki/parse-public-key.ts'
import { run, testWith } from '../../support/validators.ts'
import { fixturesFolder, loadFixture, problemsOf, withClusterFile } from '../load-fixture.ts'

const smallest = join(fixturesFolder, 'valid-smallest.yaml')
const nodes = 'nodes: [{name: server-1, profile: server}]'

test('without sshKeys every default key of the home folder is used', async () => {
  const { cluster, needsKeyPair, warnings } = await loadFixture(smallest)
  const expected = await Promise.all(
    ['id_ed25519.pub', 'id_ecdsa.pub'].map((name) => readFile(join(fixturesFolder, 'home/.ssh', name), 'utf8')),
  )
  expect(cluster.admin.sshKeys).toEqual(expected.map((line) => line.trim()))
  expect(needsKeyPair).toBe(false)
  expect(warnings).toEqual([])
})

test('an empty list needs a key pair, also if the home folder has keys', async () => {
  await withClusterFile(`name: home\nadmin: {sshKeys: []}\n${nodes}`, async (file) => {
    expect(await loadFixture(file)).toMatchObject({
      needsKeyPair: true,
      warnings: [],
      cluster: { admin: { sshKeys: [] } },
    })
  })
})

test('a listed file that does not exist is warned about at its place', async () => {
  await withClusterFile(
    `name: home\nadmin:\n  sshKeys:\n    - ~/.ssh/id_ed25519.pub\n    - ./missing.pub\n${nodes}`,
    async (file) => {
      const loaded = await loadFixture(file)
      expect(loaded.warnings).toMatchObject([{ code: 'ADMIN_SSH_KEY_FILE_MISSING', line: 5, column: 7 }])
      expect(loaded.needsKeyPair).toBe(false)
    },
  )
  await withClusterFile(`name: home\nadmin: {sshKeys: [./missing.pub]}\n${nodes}`, async (file) => {
    expect((await loadFixture(file)).needsKeyPair).toBe(true)
  })
})

test('one key given twice stays once', async () => {
  await withClusterFile(
    `name: home\nadmin: {sshKeys: [~/.ssh/id_ed25519.pub, ~/.ssh/id_ed25519.pub]}\n${nodes}`,
    async (file) => {
      expect((await loadFixture(file)).cluster.admin.sshKeys).toHaveLength(1)
    },
  )
})

describe('a text that is no public key is refused without being shown', () => {
  test.each([
    ['a key that is cut off', 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIcorrect+horse', 'ADMIN_SSH_KEY_INVALID'],
    ['DSA', 'ssh-dss AAAAB3NzaC1kc3MAAACBcorrect+horse', 'ADMIN_SSH_KEY_INVALID'],
    ['options before a key', 'ssh-x,correct+horse ssh-ed25519', 'ADMIN_SSH_KEY_FILE_MISSING'],
    ['a private key in quotes', '-----BEGIN RSA PRIVATE KEY----- correct+horse', 'ADMIN_SSH_KEY_PRIVATE'],
  ])('%s', async (_name, key, code) => {
    await withClusterFile(`name: home\nadmin: {sshKeys: ["${key}"]}\n${nodes}`, async (file) => {
      const problems = await problemsOf(file)
      expect(problems.map((problem) => problem.code)).toEqual([code])
      if (code !== 'ADMIN_SSH_KEY_FILE_MISSING') expect(JSON.stringify(problems)).not.toContain('correct+horse')
    })
  })
})

testWith('ssh-keygen').each(['ed25519', 'rsa', 'ecdsa'])('accepts what ssh-keygen makes with -t %s', async (type) => {
  const folder = await mkdtemp(join(tmpdir(), 'bantam-keys-'))
  try {
    const file = join(folder, 'key')
    expect(run('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', 'a comment', '-f', file]).status).toBe(0)
    const line = (await readFile(`${file}.pub`, 'utf8')).trim()
    expect(parsePublicKey(line)).toEqual({ key: line })
  } finally {
    await rm(folder, { recursive: true })
  }
})
