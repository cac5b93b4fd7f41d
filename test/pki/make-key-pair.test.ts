import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeKeyPair } from '../../src/pki/make-key-pair.ts'
import { parsePublicKey } from '../../src/pki/parse-public-key.ts'
import type { RandomBytes } from '../../src/pki/random-bytes.ts'
import { run, testWith } from '../support/validators.ts'

/** The same bytes for the same seed, different ones for each call. */
function fixedBytes(seed: string): RandomBytes {
  let calls = 0
  return (byteLength) =>
    Uint8Array.from(createHash('sha512').update(`${seed} ${calls++}`).digest().subarray(0, byteLength))
}

testWith('ssh-keygen').each(['bantam@home', 'x', 'bantam@a-cluster-with-a-long-name'])(
  'ssh-keygen finds the public key in the private one (%s)',
  async (comment) => {
    const pair = makeKeyPair(comment, fixedBytes(comment))
    const folder = await mkdtemp(join(tmpdir(), 'bantam-pair-'))
    try {
      const file = join(folder, 'key')
      await writeFile(file, pair.privateKey, { mode: 0o600 })
      await writeFile(`${file}.pub`, `${pair.publicKey}\n`)
      expect(run('ssh-keygen', ['-y', '-P', '', '-f', file])).toEqual({ status: 0, output: `${pair.publicKey}\n` })
      const fingerprint = run('ssh-keygen', ['-l', '-f', `${file}.pub`])
      expect(fingerprint.output).toMatch(/^256 SHA256:\S+ .*\(ED25519\)\n$/)
      const signature = run('ssh-keygen', ['-Y', 'sign', '-f', file, '-n', 'file', '-'], { input: 'text' })
      expect(signature.output).toContain('BEGIN SSH SIGNATURE')
      await writeFile(`${file}.sig`, signature.output.slice(signature.output.indexOf('-----BEGIN')))
      await writeFile(`${file}.signers`, `me ${pair.publicKey}\n`)
      const verdict = run(
        'ssh-keygen',
        ['-Y', 'verify', '-f', `${file}.signers`, '-I', 'me', '-n', 'file', '-s', `${file}.sig`],
        { input: 'text' },
      )
      expect(verdict.output).toContain('Good "file" signature')
    } finally {
      await rm(folder, { recursive: true })
    }
  },
)

test('follows from the random bytes alone', () => {
  expect(makeKeyPair('a', fixedBytes('1'))).toEqual(makeKeyPair('a', fixedBytes('1')))
  expect(makeKeyPair('a', fixedBytes('1')).publicKey).not.toBe(makeKeyPair('a', fixedBytes('2')).publicKey)
})

test('the public key is one that a cluster file may hold', () => {
  const { publicKey } = makeKeyPair('bantam@home', fixedBytes('1'))
  expect(parsePublicKey(publicKey)).toEqual({ key: publicKey })
})

test('breaks the private key into lines of 70 digits, as ssh-keygen does', () => {
  const lines = makeKeyPair('bantam@home', fixedBytes('1')).privateKey.split('\n')
  expect([lines.at(0), lines.at(-2), lines.at(-1)]).toEqual([
    '-----BEGIN OPENSSH PRIVATE KEY-----',
    '-----END OPENSSH PRIVATE KEY-----',
    '',
  ])
  const digits = lines.slice(1, -2)
  expect(digits.slice(0, -1).every((line) => line.length === 70)).toBe(true)
  expect(Buffer.from(digits.join(''), 'base64').subarray(0, 15).toString()).toBe('openssh-key-v1\0')
  // Cipher, derivation and its options of a key without a passphrase: PROTOCOL.key, section 1.
  expect(Buffer.from(digits.join(''), 'base64').subarray(15, 35).toString('latin1')).toBe(
    '\0\0\0\x04none\0\0\0\x04none\0\0\0\0',
  )
})
