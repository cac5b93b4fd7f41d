// @module-tag slow
import { createHash, randomBytes, X509Certificate } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { connect, createServer, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { KeyedCertificate } from '../../src/pki/certificate-authority.ts'
import {
  adminGroup,
  authorityFiles,
  type ClusterPki,
  formatAuthority,
  issueAdminCertificate,
  makeClusterPki,
} from '../../src/pki/cluster-pki.ts'
import { formatJoinToken, hashOfRoot } from '../../src/pki/join-token.ts'
import { run, testWith } from '../support/validators.ts'

const NOW = new Date('2026-11-21T12:00:07.500Z')
const folder = mkdtempSync(join(tmpdir(), 'bantam-pki-'))
let pki: ClusterPki
let other: ClusterPki
let admin: KeyedCertificate
afterAll(() => {
  rmSync(folder, { recursive: true })
})

beforeAll(async () => {
  pki = await makeClusterPki(NOW, randomBytes)
  other = await makeClusterPki(NOW, randomBytes)
  admin = await issueAdminCertificate(
    pki,
    { name: 'bantam', group: 'home:admins' },
    { now: NOW, days: 365, randomBytes },
  )
  for (const [name, cluster] of [
    ['own', pki],
    ['other', other],
  ] as const) {
    place(`${name}/root.crt`, cluster.root.certificate)
    for (const file of authorityFiles) {
      place(`${name}/${file}.crt`, formatAuthority(cluster, file))
      place(`${name}/${file}.key`, cluster.authorities[file].key)
    }
    place(`${name}/service.key`, cluster.serviceKey)
  }
  place('own/admin.crt', admin.certificate)
  place('own/admin.key', admin.key)
})

const at = (path: string): string => join(folder, path)
function place(path: string, text: string): void {
  mkdirSync(dirname(at(path)), { recursive: true })
  writeFileSync(at(path), text)
}
const openssl = (...words: readonly string[]) => run('openssl', words)

describe('judged by openssl', () => {
  testWith('openssl').each(authorityFiles)('%s is an authority in the form that k3s expects', (file) => {
    // Only the server's has the root, by which nodes know the cluster.
    const [own, strange] = file === 'server-ca' ? ['own/root', 'other/root'] : [`own/${file}`, 'own/root']
    expect(
      openssl('verify', '-x509_strict', '-check_ss_sig', '-CAfile', at(`${own}.crt`), at(`own/${file}.crt`)).output,
    ).toContain(': OK')
    expect(openssl('verify', '-CAfile', at(`${strange}.crt`), at(`own/${file}.crt`)).status).not.toBe(0)
    const text = openssl('x509', '-in', at(`own/${file}.crt`), '-noout', '-text').output
    expect(text).toContain('Not Before: Jan  1 00:00:00 2020 GMT')
    expect(text).toMatch(/X509v3 Basic Constraints: critical\s+CA:TRUE\n/)
    expect(text).toMatch(/X509v3 Key Usage: critical\s+Digital Signature, Key Encipherment, Certificate Sign\n/)
    // Leaf first, root last: k3s pins the root of the chain that the file holds.
    expect(readFileSync(at(`own/${file}.crt`), 'utf8').match(/BEGIN CERTIFICATE/g)).toHaveLength(
      file === 'server-ca' ? 2 : 1,
    )
    expect(readFileSync(at(`own/${file}.key`), 'utf8')).toMatch(/^-----BEGIN EC PRIVATE KEY-----\n/)
    const ownPublicKey = openssl('pkey', '-in', at(`own/${file}.key`), '-pubout').output
    expect(openssl('x509', '-in', at(`own/${file}.crt`), '-noout', '-pubkey').output).toBe(ownPublicKey)
  })

  testWith('openssl')('each authority is named after its file and the second in which it was made', () => {
    const subjectOf = (file: string): string =>
      openssl('x509', '-in', at(`own/${file}.crt`), '-noout', '-subject').output.trim()
    expect(subjectOf('root')).toBe('subject=CN = k3s-root-ca@1795262407')
    expect(subjectOf('etcd/server-ca')).toBe('subject=CN = k3s-etcd-server-ca@1795262407')
  })

  testWith('openssl')('the root signs itself', () => {
    expect(
      openssl('verify', '-x509_strict', '-check_ss_sig', '-CAfile', at('own/root.crt'), at('own/root.crt')).output,
    ).toContain(': OK')
  })

  testWith('openssl')('the key of service accounts is RSA in PKCS #1', () => {
    expect(readFileSync(at('own/service.key'), 'utf8')).toMatch(/^-----BEGIN RSA PRIVATE KEY-----\n/)
    expect(openssl('rsa', '-in', at('own/service.key'), '-check', '-noout').output).toContain('RSA key ok')
  })

  testWith('openssl')('an administrator\u2019s certificate is a client\u2019s, with group and name', () => {
    expect(
      openssl(
        'verify',
        '-x509_strict',
        '-purpose',
        'sslclient',
        '-CAfile',
        at('own/client-ca.crt'),
        at('own/admin.crt'),
      ).output,
    ).toContain(': OK')
    expect(
      openssl('verify', '-purpose', 'sslserver', '-CAfile', at('own/client-ca.crt'), at('own/admin.crt')).status,
    ).not.toBe(0)
    expect(openssl('x509', '-in', at('own/admin.crt'), '-noout', '-text').output).toMatch(
      /X509v3 Key Usage: critical\s+Digital Signature, Key Encipherment\n/,
    )
    expect(openssl('x509', '-in', at('own/admin.crt'), '-noout', '-subject', '-enddate').output).toBe(
      'subject=O = home:admins, CN = bantam\nnotAfter=Nov 21 12:00:07 2027 GMT\n',
    )
  })

  testWith('openssl')('the hash in a token is the fingerprint of the root', () => {
    const fingerprint = openssl('x509', '-in', at('own/root.crt'), '-noout', '-fingerprint', '-sha256')
      .output.replace(/.*=/, '')
      .replaceAll(':', '')
      .trim()
      .toLowerCase()
    expect(hashOfRoot(pki.root.certificate)).toBe(fingerprint)
    expect(formatJoinToken(hashOfRoot(pki.root.certificate), 'node', 'secret')).toBe(`K10${fingerprint}::node:secret`)
  })
})

test('the everyday administrators of each generation are another group', () => {
  expect([1, 2, 3].map((generation) => adminGroup('home', generation))).toEqual([
    'home:admins',
    'home:admins:2',
    'home:admins:3',
  ])
})

test('no two clusters share anything', () => {
  const serials = [pki, other]
    .flatMap(({ root, authorities }) => [root, ...Object.values(authorities)])
    .map(({ certificate }) => new X509Certificate(certificate).serialNumber)
  expect(new Set(serials).size).toBe(12)
  expect(pki.serviceKey).not.toBe(other.serviceKey)
})

describe('a serial number', () => {
  const ZEROS = (byteLength: number): Uint8Array => new Uint8Array(byteLength)
  const ONES = (byteLength: number): Uint8Array => new Uint8Array(byteLength).fill(0xff)
  // CA/Browser Forum, Baseline Requirements 7.1: at least 64 random bits. RFC 5280, section 4.1.2.2: positive, at most 20 bytes.
  testWith('openssl').each([
    ['zeros', ZEROS, `40${'00'.repeat(15)}`],
    ['ones', ONES, `7F${'FF'.repeat(15)}`],
  ])('from random bytes that are all %s is positive and has 16 bytes', async (_name, bytes, expected) => {
    const { root, authorities } = await makeClusterPki(NOW, bytes)
    const client = await issueAdminCertificate(
      { root, authorities, serviceKey: '' },
      { name: 'bantam', group: 'home:admins' },
      { now: NOW, days: 365, randomBytes: bytes },
    )
    for (const { certificate } of [root, ...Object.values(authorities), client]) {
      // openssl prints a negative number with a minus sign.
      expect(run('openssl', ['x509', '-noout', '-serial'], { input: certificate }).output.trim()).toBe(
        `serial=${expected}`,
      )
      const encoded = run('openssl', ['asn1parse'], { input: certificate }).output.split('\n')
      expect(encoded.find((line) => line.includes('INTEGER') && !line.endsWith(':02'))).toMatch(/ l= +16 prim: INTEGER/)
    }
  })

  test('is random in all of its 16 bytes', async () => {
    const lengths: number[] = []
    await makeClusterPki(NOW, (byteLength) => {
      lengths.push(byteLength)
      return randomBytes(byteLength)
    })
    expect(lengths).toEqual(Array.from({ length: 6 }, () => 16))
  })
})

describe('over TLS, as an API server and its clients use them', () => {
  testWith('openssl')(
    'the cluster\u2019s administrator is accepted by name, another cluster\u2019s is not',
    async () => {
      const stranger = await issueAdminCertificate(
        other,
        { name: 'bantam', group: 'home:admins' },
        { now: NOW, days: 365, randomBytes },
      )
      await withApiServer(async (port) => {
        expect(await greet(port, admin, formatAuthority(pki, 'server-ca'))).toBe('hello home:admins/bantam')
        await expect(greet(port, stranger, formatAuthority(pki, 'server-ca'))).rejects.toThrow()
        await expect(greet(port, admin, formatAuthority(other, 'server-ca'))).rejects.toThrow(
          /self.signed|unable to (get|verify)/,
        )
      })
    },
  )

  // pkg/clientaccess: GET /cacerts without looking, hash the root of what came, then look.
  testWith('openssl')(
    'a token\u2019s hash is found again in the chain that a server shows, step by step as k3s does it',
    async () => {
      const served = formatAuthority(pki, 'server-ca')
      const [leaf, root, ...rest] =
        served.match(/-----BEGIN[^]+?-----END CERTIFICATE-----\n/g)?.map((pem) => new X509Certificate(pem)) ?? []
      expect(rest).toEqual([])
      if (leaf === undefined || root === undefined) throw new Error('no chain')
      expect(root.checkIssued(root) && leaf.checkIssued(root) && leaf.verify(root.publicKey)).toBe(true)
      // "Valid now" is asked of the node's clock, which may be years late.
      expect(new Date(leaf.validFrom).getTime()).toBeLessThan(Date.parse('2021-01-01'))
      const hash = createHash('sha256').update(root.raw).digest('hex')
      expect(hash).toBe(hashOfRoot(pki.root.certificate))
      await withApiServer(async (port) => {
        expect(await greet(port, admin, served)).toContain('hello')
      })
    },
  )
})

/** An API server with a certificate that openssl signs with the cluster's server CA, as k3s signs its own at its start. */
async function withApiServer(use: (port: number) => Promise<void>): Promise<void> {
  place('serving.ext', 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n')
  expect(
    openssl(
      'req',
      '-new',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-subj',
      '/O=k3s/CN=k3s',
      '-keyout',
      at('serving.key'),
      '-out',
      at('serving.csr'),
    ).status,
  ).toBe(0)
  expect(
    openssl(
      'x509',
      '-req',
      '-in',
      at('serving.csr'),
      '-CA',
      at('own/server-ca.crt'),
      '-CAkey',
      at('own/server-ca.key'),
      '-CAcreateserial',
      '-extfile',
      at('serving.ext'),
      '-days',
      '30',
      '-out',
      at('serving.crt'),
    ).status,
  ).toBe(0)
  const server = createServer(
    {
      cert: readFileSync(at('serving.crt'), 'utf8') + readFileSync(at('own/server-ca.crt'), 'utf8'),
      key: readFileSync(at('serving.key')),
      ca: formatAuthority(pki, 'client-ca'),
      requestCert: true,
      rejectUnauthorized: true,
    },
    (socket: TLSSocket) => {
      const { subject } = socket.getPeerCertificate()
      socket.on('error', () => undefined)
      socket.end(`hello ${String(subject.O)}/${String(subject.CN)}`)
    },
  )
  server.on('tlsClientError', () => undefined)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  try {
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    await use(address.port)
  } finally {
    await new Promise((resolve) => {
      server.close(resolve)
    })
  }
}

function greet(port: number, client: KeyedCertificate, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connect({
      port,
      host: '127.0.0.1',
      servername: 'localhost',
      ca,
      cert: client.certificate,
      key: client.key,
    })
    socket
      .on('data', (bytes: Buffer) => {
        text += bytes.toString()
      })
      .on('error', reject)
    socket.on('close', () => {
      if (text === '') reject(new Error('refused'))
      else resolve(text)
    })
  })
}
