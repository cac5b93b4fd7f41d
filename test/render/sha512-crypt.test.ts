import { expect, test } from 'vitest'
import { sha512Crypt } from '../../src/render/sha512-crypt.ts'
import { run, testWith } from '../support/validators.ts'

const ROUNDS = 1000

function byOpenssl(password: string, salt: string): string {
  const { status, output } = run('openssl', ['passwd', '-6', '-salt', `rounds=${ROUNDS}$${salt}`, '-stdin'], {
    input: `${password}\n`,
  })
  expect(status, output).toBe(0)
  return output.trim()
}

// A password of admin.password has 8 to 128 characters. SHA-512 has blocks of 128 bytes and digests of 64.
testWith('openssl').each([1, 8, 15, 31, 32, 33, 63, 64, 65, 96, 111, 112, 127, 128])(
  'a password of %d bytes has the hash that openssl makes',
  (length) => {
    const password = 'correct horse battery staple '.repeat(5).slice(0, length)
    expect(sha512Crypt(password, 'saltstring', ROUNDS)).toBe(byOpenssl(password, 'saltstring'))
  },
)

testWith('openssl').each(['a', '16digits.of/salt'])(
  'a salt of other length has the hash that openssl makes: %s',
  (salt) => {
    expect(sha512Crypt('correct horse', salt, ROUNDS)).toBe(byOpenssl('correct horse', salt))
  },
)

testWith('openssl').each(['Grüße aus Köln', '密码密码密码密码', 'ü'.repeat(32), '🐎'.repeat(32)])(
  'a password outside of ASCII counts in bytes of UTF-8: %s',
  (password) => {
    expect(sha512Crypt(password, 'saltstring', ROUNDS)).toBe(byOpenssl(password, 'saltstring'))
  },
)

// https://www.akkadia.org/drepper/SHA-crypt.txt, tests of SHA512-crypt.
test.each([
  [
    'Hello world!',
    'saltstringsaltst',
    10_000,
    '$6$rounds=10000$saltstringsaltst$OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbMCVNSnCM/UrjmM0Dp8vOuZeHBy/YTBmSK6H9qs/y3RnOaw5v.',
  ],
  [
    'a short string',
    'asaltof16chars..',
    123_456,
    '$6$rounds=123456$asaltof16chars..$BtCwjqMJGx5hrJhZywWvt0RLE8uZ4oPwcelCjmw2kSYu.Ec6ycULevoBK25fs2xXgMNrCzIMVcgEJAstJeonj1',
  ],
])('the specification knows %j', (password, salt, rounds, expected) => {
  expect(sha512Crypt(password, salt, rounds)).toBe(expected)
})
