import { expect, test } from 'vitest'
import { looksLikePublicKey, parsePublicKey } from '../../src/pki/parse-public-key.ts'

/** A field of an SSH blob: its length in 32 bits, then its bytes. */
function field(content: string | Uint8Array): Buffer {
  const bytes = Buffer.from(content)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

const blob = (type: string, ...contents: readonly string[]): Buffer => Buffer.concat([type, ...contents].map(field))
const POINT = 'x'.repeat(32)
const DATA = blob('ssh-ed25519', POINT).toString('base64')
const KEY = `ssh-ed25519 ${DATA}`

test.each([
  ['ssh-ed25519', 1],
  ['ssh-rsa', 2],
  ['ecdsa-sha2-nistp256', 2],
  ['ecdsa-sha2-nistp384', 2],
  ['ecdsa-sha2-nistp521', 2],
  ['sk-ssh-ed25519@openssh.com', 2],
  ['sk-ecdsa-sha2-nistp256@openssh.com', 3],
])('takes %s with the fields of its type, and with no other number of fields', (type, count) => {
  const keyWith = (fields: number): string =>
    `${type} ${blob(type, ...Array<string>(fields).fill(POINT)).toString('base64')}`
  expect(parsePublicKey(keyWith(count))).toEqual({ key: keyWith(count) })
  for (const other of [count - 1, count + 1])
    expect(parsePublicKey(keyWith(other))).toEqual({ reason: 'its data are cut off or damaged' })
})

test.each([
  [KEY, KEY],
  [`${KEY} ada@laptop`, `${KEY} ada@laptop`],
  [` \t${KEY}  my \t comment \n`, `${KEY} my comment`],
])('gives %j with single spaces', (line, key) => {
  expect(parsePublicKey(line)).toEqual({ key })
})

const outside = 'it holds characters outside ASCII or a line break'
const noType = 'it does not start with a known type of key'
const noBase64 = 'the text after the type is not base64'
const cut = 'its data are cut off or damaged'
const keyOf = (bytes: Uint8Array): string => `ssh-ed25519 ${Buffer.from(bytes).toString('base64')}`
const whole = blob('ssh-ed25519', POINT)

test.each([
  ['an accent at its end', `${KEY} caf\u00e9`, outside],
  ['an accent at its start', `\u00e9 ${KEY}`, outside],
  ['a second line', `${KEY} a\n${KEY}`, outside],
  ['a delete character', `${KEY} a\u007fb`, outside],
  ['no text', '', noType],
  ['a type of an earlier time', `ssh-dss ${DATA}`, noType],
  ['a name that objects have', `constructor ${DATA}`, noType],
  ['no data', 'ssh-ed25519', noBase64],
  ['a sign in front of the data', `ssh-ed25519 !${DATA}`, noBase64],
  ['a sign behind the data', `ssh-ed25519 ${DATA}!`, noBase64],
  ['three signs of padding', `ssh-ed25519 ${DATA}===`, noBase64],
  ['a length that is cut', keyOf(Buffer.concat([whole, Buffer.of(0, 0, 0)])), cut],
  ['a last field that is cut', keyOf(whole.subarray(0, -1)), cut],
  ['a field that says it is longer than all', keyOf(Buffer.concat([field('ssh-ed25519'), Buffer.alloc(4, 0xff)])), cut],
  [
    'the data of another type',
    `ssh-ed25519 ${blob('ssh-ed25518', POINT).toString('base64')}`,
    'its data are those of a different type of key',
  ],
])('refuses %s', (_what, line, reason) => {
  expect(parsePublicKey(line)).toEqual({ reason })
})

test('takes an empty field at the end for a field', () => {
  const type = 'ssh-rsa'
  const line = `${type} ${blob(type, 'e', '').toString('base64')}`
  expect(parsePublicKey(line)).toEqual({ key: line })
})

test.each([
  [KEY, true],
  ['ecdsa-sha2-nistp256 AAAA', true],
  ['sk-ssh-ed25519@openssh.com\tAAAA', true],
  ['ssh-unknown rest', true],
  ['AAAAC3NzaC1lZDI1NTE5', true],
  ['AAAAC3NzaC1lZDI1NTE', false],
  ['AAAA-~-~-~-~-~-~-~-~', false],
  ['xAAAAC3NzaC1lZDI1NTE5', false],
  ['my ssh-ed25519 AAAA', false],
  ['ssh-ed25519', false],
  ['ssh- AAAA', false],
  ['ssh-ED25519 AAAA', false],
  ['~/.ssh/id_ed25519.pub', false],
])('says whether %j starts like a line of authorized_keys: %s', (text, expected) => {
  expect(looksLikePublicKey(text)).toBe(expected)
})
