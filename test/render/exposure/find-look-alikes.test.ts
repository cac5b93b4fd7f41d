import { describe, expect, test } from 'vitest'
import { findLookAlikes } from '../../../src/render/exposure/find-look-alikes.ts'

const kindOf = (line: string): string | null => findLookAlikes(line)[0]?.kind ?? null
// Put together here, so that no scanner takes this file for one with secrets.
const random = (length: number): string => 'k3J9xQ7pL2mZ8vB4nT6wR1sD5gH0fYcAeUiO'.repeat(4).slice(0, length)
const join = (...parts: readonly string[]): string => parts.join('')

describe('a private key', () => {
  test.each([
    join('-----BEGIN ', 'PRIVATE KEY-----'),
    join('-----BEGIN RSA ', 'PRIVATE KEY-----'),
    join('-----BEGIN OPENSSH ', 'PRIVATE KEY-----'),
    join('-----BEGIN ENCRYPTED ', 'PRIVATE KEY-----'),
    join('-----BEGIN PGP ', 'PRIVATE KEY BLOCK-----'),
    join('  echo "-----BEGIN EC ', 'PRIVATE KEY-----'),
    join('AGE-SECRET-KEY-1', 'Q'.repeat(58)),
    join('PuTTY-User-Key-', 'File-3: ssh-ed25519'),
  ])('is one in %s', (line) => {
    expect(findLookAlikes(line)).toMatchObject([{ certainty: 'key', line: 1 }])
  })

  test.each([
    '-----BEGIN CERTIFICATE-----',
    '-----BEGIN PUBLIC KEY-----',
    '-----END PRIVATE KEY-----',
    'ssh-ed25519 AAAA',
  ])('is none in %s', (line) => {
    expect(findLookAlikes(line)).toEqual([])
  })
})

describe('a token', () => {
  test.each([
    [join('AKIA', 'IOSFODNN7EXAMPLE'), 'an access key of AWS'],
    [join('x=ghp', '_', random(36)), 'a token of GitHub'],
    [join('github', '_pat_', random(22)), 'a token of GitHub'],
    [join('glpat', '-', random(20)), 'a token of GitLab'],
    [join('xoxb', '-123456789012-abc'), 'a token of Slack'],
    [join('tailscale up --authkey tskey', '-auth-k123456CNTRL-abc'), 'a key of Tailscale'],
    [join('dckr', '_pat_', random(24)), 'a token of Docker Hub'],
    [join('//registry/:_authToken=npm', '_', random(36)), 'a token of npm'],
    [join('AIza', random(35)), 'a key of Google'],
    [join('eyJ', random(20), '.eyJ', random(30), '.', random(20)), 'a JSON web token'],
    [join('K10', 'ab'.repeat(32), '::server:x'), 'a join token of k3s'],
    ['--token abcdef.0123456789abcdef', 'a bootstrap token of Kubernetes'],
    ['git clone https://ada:hunter2@git.lan/x', 'a password in a URL'],
    ['redis://:hunter2@cache.lan', 'a password in a URL'],
    ["curl -H 'Authorization: Bearer TOPSECRET-42' x", 'a credential in a header'],
    ['Authorization: Basic YWRhOmh1bnRlcjI=', 'a credential in a header'],
    ['"authorization": "abcdefgh"', 'a credential in a header'],
    ['psk="correct-horse"', 'a password of a Wi-Fi'],
    [`wpa-psk: ${'0a'.repeat(32)}`, 'a password of a Wi-Fi'],
    [`bearer ${random(20)}`, 'a bearer token'],
    [`TOKEN=${random(16)}`, 'a password or token'],
    [`password: "${random(24)}"`, 'a password or token'],
    [`"api_key": "${random(24)}"`, 'a password or token'],
    [`--client-secret ${random(20)}`, 'a password or token'],
    [`K3S_TOKEN_FILE2 = '${random(20)}'`, 'a password or token'],
  ])('%s is %s', (line, kind) => {
    expect(kindOf(line)).toBe(kind)
    expect(findLookAlikes(line)[0]?.certainty).toBe('likely')
  })

  test.each([
    'token: $K3S_TOKEN_OF_THE_CLUSTER_01',
    'token: ${K3S_TOKEN_OF_THE_CLUSTER_01}',
    'token: "{{yaml k3s.config.token01234}}"',
    'password=$(cat /etc/secret01234567)',
    'PASSWORD_FILE=/etc/bantam/password-0123456789',
    '--token-file ./secrets/token-0123456789.txt',
    'password: <your-password-goes-here-1>',
    'password: correct-horse-battery-staple',
    'password: 1111111111111111',
    'token: abc1',
    'secret: aaaa1aaaa1aaaa1aaaa1',
    'Authorization: Bearer $TOKEN',
    'Authorization: Bearer ${TOKEN_OF_CI}',
    'authorization: no',
    'a bearer of good news arrives',
    'https://git.lan/ada/x@v1',
    'https://ada:$PASSWORD@git.lan/x',
    'https://ada:{{plain x}}@git.lan/x',
    'see user@host:port',
    'key-mgmt=wpa-psk',
    'psk-flags=0',
    'psk=$WIFI_KEY_OF_THE_LAB',
    'psk={{yaml network.wifi.psk}}',
    'AKIA and ASIA are airlines',
    'passwordless sudo is 0123456789abcdef',
    'systemctl restart abcdef.service',
    'sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
  ])('%s is none', (line) => {
    expect(findLookAlikes(line)).toEqual([])
  })
})

test('line and column are those of the word, and each line has one', () => {
  const text = `a\n  x https://ada:hunter2@a https://ada:hunter2@b\n\nTOKEN=${random(20)}\n`
  expect(findLookAlikes(text).map(({ line, column }) => [line, column])).toEqual([
    [2, 10],
    [4, 1],
  ])
})

test('a wrong word before the right one on a line hides nothing', () => {
  expect(kindOf(`token=$A; token=${random(20)}`)).toBe('a password or token')
  expect(kindOf(`https://ada:$X@a https://ada:hunter2@b`)).toBe('a password in a URL')
})

test('what is marked as public, on the line or on the one above, is not reported', () => {
  const token = `TOKEN=${random(20)}`
  expect(findLookAlikes(`${token} # bantam:public\n`)).toEqual([])
  expect(findLookAlikes(`# bantam:public\n${token}\n`)).toEqual([])
  expect(findLookAlikes(`# bantam:public\n\n${token}\n`)).toHaveLength(1)
  expect(findLookAlikes(`${token}\n# bantam:public\n`)).toHaveLength(1)
})

test.each([
  ['a', 'a'.repeat(1_000_000)],
  ['eyJ', 'eyJ'.repeat(300_000)],
  ['eyJ with dots', 'eyJa.'.repeat(200_000)],
  ['token', 'token'.repeat(200_000)],
  ['token and spaces', `token${' '.repeat(1_000_000)}`],
  ['colons', '://a:'.repeat(200_000)],
  ['slashes', '://'.repeat(300_000)],
  ['BEGIN', '-----BEGIN A '.repeat(80_000)],
  ['authorization', 'authorization: '.repeat(70_000)],
])(
  'a long line of %s is searched at once',
  (_name, line) => {
    findLookAlikes(line)
  },
  5_000,
)
